/** The networks that are measured: larger than those of the tests, one example at a time. */
import {
  type Libraries,
  lstm,
  mobileNet,
  type Network,
  randomTensor,
  resNet,
  trainer,
  transformer,
} from '../../tests/tfjs/networks.ts';

/** By name, since each is made anew in other processes. */
export const NETWORKS: Readonly<Record<string, (libraries: Libraries) => Network>> = {
  'MobileNet 0.5, 128²': libraries => mobileNet(libraries, 128, 0.5),
  'MobileNet 0.25, 96²': libraries => mobileNet(libraries, 96, 0.25),
  'ResNet 16, 64²': libraries => resNet(libraries, 64, 16),
  'LSTM 128 × 32': libraries => lstm(libraries, 32, 128),
  'transformer 4 × 128, 64 tokens': libraries => transformer(libraries, 64, 128, 4),
  'perceptron 256, Adam step': training,
};

/** A training step as a network, whose output is the loss of a batch of 32. */
function training(libraries: Libraries): Network {
  const {tf} = libraries;
  const {step, dispose} = trainer(libraries, 'adam', 256);
  const y = tf.tidy(() =>
    tf.cast(
      tf.oneHot(
        tf.tensor1d(
          Array.from({length: 32}, (_, i) => i % 4),
          'int32',
        ),
        4,
      ),
      'float32',
    ),
  );
  return {
    name: 'perceptron',
    run: x => step(x, y),
    input: (_, seed) => randomTensor(tf, [32, 16], seed),
    dispose: () => {
      dispose();
      y.dispose();
    },
  };
}
