/**
 * Numbers that stand for something. What names a thing (a frame, a table, a thread) starts at 0;
 * NONE stands for "no such thing".
 */

/** No frame, no table, no VMA, nobody. A null pointer. */
export const NONE = -1
/**
 * What a two-way VMA pointer holds after an error (ERR_PTR in the kernel).
 */
export const ERROR = -2
/** In Mm.batched: reclaim has cleared PTEs and has not flushed them yet. */
export const PENDING = -2
/** The address spaces: the parent's and its snapshot child's; a second child's is the next one. */
export const PARENT = 0
export const CHILD = 1
/** Content of a page that is not mapped, and of a fresh page. Other contents are 2 and up. */
export const UNMAPPED = 0
export const ZEROS = 1

/** In a program: an access to a page that is chosen when it happens. */
export const ANY = -1
