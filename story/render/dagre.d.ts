/** The parts of dagre in use. Its own types name files without endings, which Node refuses. */

export class Graph {
  constructor(options: { directed: boolean })
  setGraph(options: Readonly<Record<string, string | number>>): void
  setDefaultEdgeLabel(make: () => object): void
  setNode(name: string, size: { width: number; height: number }): void
  setEdge(from: string, to: string, options: { weight: number }): void
  /** After `layout`: the middle of a node, and its size. */
  node(name: string): { x: number; y: number; width: number; height: number }
  /** After `layout`: where an edge leads along. */
  edge(from: string, to: string): { points: { x: number; y: number }[] }
}

export function layout(graph: Graph): void
