/** Channels to seats in this process; each message becomes a text and bytes again, as a queue does it. */
import type {Planner, Seat, SeatChannel} from '../../bindings/index.ts';

export interface MemoryChannel extends SeatChannel {
  /** Requests so far. */
  readonly requests: number;
  close(): void;
}

/** What a test does to the exchange of a number, from 0 on. `answer` executes the request in the seat of that moment. */
export type Meddle = (exchange: {
  readonly number: number;
  readonly request: Uint8Array;
  answer(): Promise<Uint8Array>;
  /** Another seat takes the place, one that has nothing. */
  replace(): void;
}) => Promise<Uint8Array>;

export function memoryChannel(planner: Planner, meddle: Meddle = ({answer}) => answer()): MemoryChannel {
  let seat: Seat = planner.openSeat();
  let requests = 0;
  return {
    get requests() {
      return requests;
    },
    async send(request) {
      const copy = throughText(request);
      const number = requests++;
      const reply = await meddle({
        number,
        request: copy,
        answer: () => seat.answer(copy),
        replace() {
          seat.close();
          seat = planner.openSeat();
        },
      });
      return throughText(reply);
    },
    close: () => seat.close(),
  };
}

/** The bytes after a way through JSON, where memory is nobody's else. */
function throughText(bytes: Uint8Array): Uint8Array {
  const text = JSON.stringify({message: Buffer.from(bytes).toString('base64')});
  return Uint8Array.from(Buffer.from((JSON.parse(text) as {message: string}).message, 'base64'));
}
