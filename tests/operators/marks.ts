/** The study's graphs with the loads that it proves, bytes. */

/** Irregular inference: best, and the file's order. */
export const INFERENCE: Readonly<Record<string, readonly [best: number, file: number]>> = {
  nasnet_a_mobile: [3_903_276, 4_238_424],
  amoebanet_a: [3_999_600, 4_336_992],
  randwire_ws1: [3_669_120, 4_158_336],
  randwire_ws40: [4_158_336, 4_892_160],
  inception_big_cell: [7_626_752, 8_228_864],
  unetpp: [100_663_296, 101_711_872],
  liberis: [4_960, 5_216],
};

/** The file's order is optimal. */
export const REGULAR =
  'darts_v2_imagenet swiftnet_like inception_v3 densenet121 unet hrnet_w18 fpn_retina ssd_mobilenet_heads'.split(
    ' ',
  );

/** Best, the file's order with updates soon, and the file's order. */
export const TRAINING: Readonly<Record<string, readonly [best: number, soon: number, file: number]>> = {
  train_alexnet_b1: [151_048_196, 154_723_844, 247_235_492],
  train_alexnet_b32: [152_698_884, 270_319_620, 358_792_612],
  train_alexnet_b128: [502_202_372, 628_293_636, 725_716_900],
  train_vgg16_b1: [411_158_532, 484_415_492, 616_132_516],
  train_vgg16_b64: [4_723_703_812, 5_106_958_340, 5_237_024_676],
  train_resnet18_b1: [31_040_004, 31_749_636, 64_705_956],
  train_resnet18_b32: [699_886_084, 722_372_100, 735_700_388],
  train_resnet50_b1: [89_077_252, 95_129_092, 166_133_156],
  train_r3d_18_b1: [42_237_444, 42_947_076, 142_190_660],
  train_densenet121_b1: [131_167_268, 134_800_036, 140_692_132],
  train_googlenet_b1: [50_316_452, 52_333_220, 60_541_220],
  train_mnasnet0_5_b1: [25_806_692, 30_347_492, 31_218_532],
  train_squeezenet1_0_b1: [38_165_444, 38_165_444, 38_343_460],
  train_vit_b_16_b1: [122_395_396, 129_411_844, 348_124_620],
  train_transformer2_b1: [27_136_004, 35_000_324, 62_123_940],
  train_transformer2_b8: [1_258_422_276, 1_280_442_372, 1_283_518_372],
};

/** Wide graphs, and their best loads. */
export const WIDE: Readonly<Record<string, number>> = {mesh_8: 9600, fat_8x8: 8272};

/** Not proven: what is reached by default options, and the file's order with updates soon. The study has 56,666,276 and 69,105,336 for the first two. */
export const OPEN: Readonly<Record<string, readonly [most: number, soon?: number]>> = {
  train_mobilenet_v2_b1: [55_612_580, 83_475_108],
  train_efficientnet_b0_b1: [65_421_096, 93_491_240],
  mesh_12: [11_580],
};
