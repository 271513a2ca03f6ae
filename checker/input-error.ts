/** What all errors have in common that whoever gave the input can mend: a model, a file, a name. */
export class InputError extends Error {
  override readonly name: string = 'InputError'
}
