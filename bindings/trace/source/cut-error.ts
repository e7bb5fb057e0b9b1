import {ImportError} from '../../model/errors.ts';

/** The error of compressed data that ends early; what came before it is whole. */
export class CutError extends ImportError {}
