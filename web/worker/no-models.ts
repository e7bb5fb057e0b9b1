/**
 * Takes the place of the importers of models in the program that reads the first file. Models are the only formats whose files hold
 * other bytes than text, beside those that are asked before: what does hold some goes to the program that reads everything.
 */
import type {ProblemImporter} from '../../bindings/trace/importers/importer.ts';

/** That another program is to read the file. */
export class IsModelError extends Error {
  override readonly name = 'IsModel';
}

const importer = (format: string, isAsked: boolean): ProblemImporter => ({
  format,
  kind: 'problem',
  description: '',
  // biome-ignore lint/suspicious/noControlCharactersInRegex: text has none of these
  detect: ({text}) => isAsked && /[\0-\x08]/.test(text),
  read: () => Promise.reject(new IsModelError()),
});

export const tfliteImporter = importer('tflite', false);
export const onnxImporter = importer('onnx', true);
