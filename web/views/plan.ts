/** Pictures of a plan and of the placement beside it, with the items of the file in place of the problem's buffers. */

import {formatBytes} from '../../bindings/model/quantities.ts';
import {type PackingInput, type Picture, packingPicture} from '../../bindings/pictures/index.ts';
import type {Before} from '../document/before.ts';
import type {PlanTask} from '../document/plan-task.ts';

export function planPicture(task: PlanTask, input: PackingInput): Picture {
  return withItems(packingPicture(input), task);
}

/** The same buffers at other offsets, on the same scale as the plan beside it. */
export function beforePicture(
  task: PlanTask,
  input: PackingInput,
  {offsets, extent, name, kind}: Before,
): Picture {
  const picture = withItems(packingPicture({...input, offsets, peak: extent}), task);
  const label = kind === 'recorded' ? 'address, large unused ranges left out' : 'offset';
  return {
    ...picture,
    name: 'before',
    title: `The same buffers, ${name}`,
    description: `The same buffers ${name}: ${formatBytes(extent)} from the lowest to the highest address.`,
    y: {...picture.y, label},
    notes: kind === 'recorded' ? [ADDRESSES] : [],
    layers: picture.layers.map(layer =>
      layer.kind === 'rules'
        ? {
            ...layer,
            rules: layer.rules.map(rule =>
              /^peak/.test(rule.text)
                ? {
                    ...rule,
                    text:
                      kind === 'recorded'
                        ? `addresses: ${formatBytes(extent)}`
                        : `${name}: ${formatBytes(extent)}`,
                  }
                : rule,
            ),
          }
        : layer,
    ),
  };
}

function withItems(picture: Picture, {itemOf}: PlanTask): Picture {
  return {
    ...picture,
    layers: picture.layers.map(layer =>
      layer.kind === 'boxes' && layer.item ? {...layer, item: layer.item.map(itemOf)} : layer,
    ),
  };
}

const ADDRESSES =
  'Addresses are virtual: memory that is returned and reserved again has other addresses, so their extent may exceed the reserved bytes.';
