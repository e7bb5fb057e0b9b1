/**
 * A plan as the `BufferPlan` of TensorFlow Lite Micro, for `NonPersistentMemoryPlannerShim`: C++ that is compiled into
 * the program (`memory_plan_struct.h` of https://github.com/tensorflow/tflite-micro).
 *
 * Its entries are the tensors that take memory of the plan, in the runtime's order. The runtime numbers the
 * scratch memory of kernels after them, and no file records it: a model whose kernels need scratch memory needs the
 * metadata in the model instead.
 */
import {UsageError} from '../model/errors.ts';
import {show} from '../model/shown.ts';
import type {CheckedPlan} from './checked-plan.ts';
import type {TfliteModelFile} from './tflite-file.ts';
import {tensorOffsets} from './tflite-offsets.ts';

export interface BufferPlanOptions {
  /** Prefix of the names. Default `plan`. */
  readonly prefix?: string;
}

/** @throws UsageError for a plan that the runtime cannot take, and a prefix that is no name. */
export function tfliteBufferPlan(
  file: TfliteModelFile,
  plan: CheckedPlan,
  {prefix = 'plan'}: BufferPlanOptions = {},
): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix))
    throw new UsageError(`prefix: expected a name of C++, got ${show(prefix)}`);
  const {offsets, planned, arenaBytes} = tensorOffsets(file, plan);
  const guard = `${prefix.toUpperCase()}_BUFFER_PLAN_H_`;
  const entries = planned.map(tensor => `        {${offsets[tensor]}},  // tensor ${tensor}`);
  return [
    `// A memory plan by stowage: ${planned.length} tensors. Generated; do not edit.`,
    '//',
    '// For tflite::NonPersistentMemoryPlannerShim. It has no entries for scratch memory: where kernels of the model ask',
    '// for such, AllocateTensors fails, and the plan must be given as metadata of the model.',
    `#ifndef ${guard}`,
    `#define ${guard}`,
    '',
    '#include <cstddef>',
    '#include <cstdint>',
    '',
    '#include "tensorflow/lite/micro/memory_planner/memory_plan_struct.h"',
    '',
    '// Bytes of the arena that the tensors take; the runtime needs further memory for its own data.',
    `constexpr std::size_t ${prefix}_tensor_arena_bytes = ${arenaBytes};`,
    '',
    `struct ${prefix}_buffer_plan_type {`,
    '  std::int32_t buffer_count;',
    `  tflite::BufferDescriptor buffer_plan_entries[${Math.max(1, planned.length)}];`,
    '};',
    `static_assert(sizeof(${prefix}_buffer_plan_type) == tflite::SizeOfBufferPlan(${planned.length}),`,
    '              "the layout of tflite::BufferPlan has changed");',
    '',
    `static const ${prefix}_buffer_plan_type ${prefix}_buffer_plan_storage = {`,
    `    ${planned.length},`,
    '    {',
    ...(entries.length > 0 ? entries : ['        {0},']),
    '    }};',
    '',
    `static inline const tflite::BufferPlan* ${prefix}_buffer_plan() {`,
    `  return reinterpret_cast<const tflite::BufferPlan*>(&${prefix}_buffer_plan_storage);`,
    '}',
    '',
    '#endif',
    '',
  ].join('\n');
}
