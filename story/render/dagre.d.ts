/** The parts of dagre in use. Its own types name files without endings, which Node refuses. */

export class Graph {
  constructor(options: { directed: boolean })
  setGraph(options: Readonly<Record<string, string | number>>): void
  setDefaultEdgeLabel(make: () => object): void
  setNode(name: string, size: { width: number; height: number }): void
  /** With a size, the edge has a label of this size. */
  setEdge(
    from: string,
    to: string,
    options: { weight?: number; width?: number; height?: number; labelpos?: 'c' },
  ): void
  /** After `layout`: the middle of a node, and its size. */
  node(name: string): { x: number; y: number; width: number; height: number }
  /** After `layout`: where an edge leads along, and the middle of its label. */
  edge(from: string, to: string): { points: { x: number; y: number }[]; x?: number; y?: number }
}

export function layout(graph: Graph): void
