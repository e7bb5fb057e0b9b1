/** Inputs of a size n, made to take more than they should: each makes one list, table or run of a format long. */
import {binaryBombs} from './bombs/binary.ts';
import {JSON_BOMBS} from './bombs/json.ts';
import type {Bombs} from './bombs/pieces.ts';
import {TEXT_BOMBS} from './bombs/text.ts';

export const BOMBS: Bombs = {...TEXT_BOMBS, ...JSON_BOMBS, ...binaryBombs()};
