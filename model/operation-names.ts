/**
 * The names of all operations, as types. The file of each kernel routine adds its own here, by
 * declaration merging: so a misspelt name is an error where rules are compiled, and a new operation
 * changes no list.
 */

/**
 * What processes do, by name.
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled where the operations are
export interface ProcessOperations {}

/**
 * What threads of the kernel, and devices, do to a process's memory, by name.
 * @public
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled where the operations are
export interface KernelOperations {}

/** The name of an operation; `end` stands behind the last one of a program. */
export type Operation = keyof ProcessOperations | keyof KernelOperations | 'end'
