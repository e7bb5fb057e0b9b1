/** Blocks: where they may be, who frees them, and their bytes. */
import {CANARIES, FOREIGN, MOST_BYTES, NONE, POISON} from './case.ts';
import {RawPlans} from './raw-plans.ts';
import {type Block, type Installed, rangeOf} from './raw-state.ts';

const DONE = 0;
const NOT_OURS = 1;
const INVALID = 2;
const FULL = 3;
/** Addresses that a queue holds. */
const QUEUE = 4096;

export class Blocks extends RawPlans {
  protected malloc(index: number, id: number, key: number, size: number): void {
    const worker = this.workers[index]!;
    const isForeign = (this.task.mode & FOREIGN) !== 0;
    const address = this.engine.of(index, 'malloc', key, size);
    this.counts.mallocs!++;
    const isTooLarge = size > MOST_BYTES;
    if (!isTooLarge) worker.mallocs++;
    let row = NONE;
    if (worker.isRecording && worker.isIterating && !worker.isInterrupted && !isTooLarge) {
      row = worker.rows.length;
      worker.rows.push({key, size: this.guarded(Math.max(size, 1)), end: NONE, isUncertain: false});
      if (this.engine.of(index, 'numRows') === 0) this.ranShort(index);
    }
    if (isTooLarge && address !== 0) this.fail('too large', `${size} bytes are served`);
    if (address === 0 && (isTooLarge || !isForeign)) {
      worker.failed++;
      this.counts.refused!++;
      this.checkShortage(index, size);
      return;
    }
    const {plan} = worker;
    const {recordings: recording} = worker;
    const block = {
      id,
      worker: index,
      address,
      size,
      owners: 1,
      pending: 0,
      plan,
      isDamaged: false,
      row,
      recording,
    };
    this.checkPlace(block);
    this.blocks.set(id, block);
    this.live.add(block);
    if (!isForeign) this.engine.fill(stampOf(id), address, size);
  }

  protected checkPlace(block: Block): void {
    const {address, size, worker: index} = block;
    const {base, bytes} = this.engine.regions[index]!;
    const {alignmentBits, mode} = this.task;
    if (address === 0) return;
    const end = address + this.guarded(Math.max(size, 1));
    if (mode & FOREIGN) {
      const {plan, isInterrupted} = this.workers[index]!;
      if (!plan || isInterrupted) this.fail('place', `${address} without a plan`);
      const [from, to] = rangeOf(plan);
      if (address < from || end > to) this.fail('place', `${address} to ${end} is not in ${from} to ${to}`);
    } else {
      if (address < base || end > base + bytes)
        this.fail('place', `${address} to ${end} is not in the region`);
      if (address % 2 ** alignmentBits !== 0) this.fail('alignment', `${address}`);
    }
    for (const other of this.live) {
      if (other.owners - other.pending <= 0 || other.address === 0) continue;
      if (other.address < end && address < other.address + this.guarded(Math.max(other.size, 1)))
        this.fail('overlap', `block ${block.id} at ${address} shares bytes with block ${other.id}`);
    }
  }

  protected freeBlock(index: number, how: 'free' | 'reclaim', id: number): void {
    const block = this.blocks.get(id);
    if (!block) return;
    if (block.address === 0) {
      this.freeElsewhere(index, block);
      return;
    }
    const certain = block.owners - block.pending;
    if (certain === 0) {
      if (block.owners === 0) this.stray(index, 'free', block.address);
      return;
    }
    if (index !== block.worker) {
      this.freeRemotely(index, how, block);
      return;
    }
    if (certain === 1) this.checkBytes(block);
    this.expect('free', this.engine.of(index, how, block.address), DONE);
    block.owners--;
    if (block.owners === 0) this.dead(block);
  }

  /** The host frees what it serves itself. */
  protected freeElsewhere(index: number, block: Block): void {
    if (block.owners === 0) return;
    block.owners = 0;
    this.live.delete(block);
    if (index !== block.worker || block.row === NONE) return;
    const worker = this.workers[index]!;
    if (block.recording !== worker.recordings) return;
    this.engine.of(index, 'died', block.row);
    this.endRow(worker, block.recording, block.row);
  }

  protected freeRemotely(index: number, how: 'free' | 'reclaim', block: Block): void {
    if (block.owners - block.pending === 1) this.checkBytes(block);
    const answer = this.engine.of(index, how, block.address);
    if (answer === FULL && this.workers[block.worker]!.queued.length >= QUEUE) return;
    this.expect('free there', answer, DONE);
    this.counts.remote!++;
    const worker = this.workers[block.worker]!;
    worker.queued.push(block.address);
    worker.remote++;
    block.pending++;
    const row = block.recording === worker.recordings ? worker.rows[block.row] : undefined;
    if (row && block.owners === block.pending) row.isUncertain = true;
  }

  protected dead(block: Block): void {
    const worker = this.workers[block.worker]!;
    this.live.delete(block);
    if (block.isDamaged) worker.broken++;
    block.isDamaged = false;
    this.endRow(worker, block.recording, block.row);
  }

  protected retain(index: number, id: number): void {
    const block = this.blocks.get(id);
    if (!block || block.address === 0) return;
    const certain = block.owners - block.pending;
    if (index !== block.worker) {
      this.expect('retain', this.engine.of(index, 'retain', block.address), NOT_OURS);
      return;
    }
    if (certain === 0) {
      if (block.owners === 0) this.stray(index, 'retain', block.address);
      return;
    }
    this.expect('retain', this.engine.of(index, 'retain', block.address), DONE);
    block.owners++;
  }

  protected covers(index: number, id: number): void {
    const block = this.blocks.get(id);
    if (!block || block.address === 0 || block.worker !== index) return;
    const {address, size, owners, pending} = block;
    if (owners - pending > 0) {
      this.expect('covers', this.engine.of(index, 'covers', address, size), 1);
      if (this.task.mode & (CANARIES | POISON))
        this.expect('covers more', this.engine.of(index, 'covers', address, size + 1), 0);
    }
    if (owners === 0 && !this.isNearby(address))
      this.expect('covers', this.engine.of(index, 'covers', address, 1), 0);
  }

  /** Whether some block that may be live has that byte. */
  protected isNearby(address: number): boolean {
    for (const {address: from, size} of this.live)
      if (address >= from && address < from + Math.max(1, size) + 4096) return true;
    return false;
  }

  protected damage(id: number): void {
    const block = this.blocks.get(id);
    if (!block || !(this.task.mode & CANARIES) || block.owners - block.pending <= 0 || block.isDamaged)
      return;
    const at = block.address + block.size;
    this.engine.fill(this.engine.bytes[at]! ^ 0x55, at, 1);
    block.isDamaged = true;
  }

  protected checkBytes({id, address, size}: Block): void {
    if (this.task.mode & FOREIGN) return;
    const stamp = stampOf(id);
    const {bytes} = this.engine;
    for (let at = address; at < address + size; at++)
      if (bytes[at] !== stamp)
        this.fail('lost byte', `byte ${at - address} of block ${id}: expected ${stamp}, got ${bytes[at]}`);
  }

  protected lookAtAll(): void {
    for (const block of this.live) if (block.owners - block.pending > 0) this.checkBytes(block);
  }

  protected collect(index: number): void {
    this.engine.of(index, 'collect');
    this.drained(index);
    if (this.of(index).every(({owners}) => owners === 0)) this.noPlanHeld(index);
  }

  /** The owner has taken all that is in its queue. */
  protected drained(index: number): void {
    const worker = this.workers[index]!;
    for (const block of this.of(index)) {
      if (block.pending === 0) continue;
      block.owners -= block.pending;
      block.pending = 0;
      if (block.owners === 0) this.dead(block);
    }
    worker.queued = [];
  }

  /** Where a call that names no live block goes. */
  protected addressOf(index: number, form: number, offset: number): number {
    const block = this.blocks.get(form - 2);
    const from = form === 1 ? this.engine.regions[index]!.base : form > 1 ? (block?.address ?? 0) : 0;
    return (from + offset) >>> 0;
  }

  protected isTaken(address: number): boolean {
    for (const block of this.live) if (block.address === address) return true;
    return false;
  }

  protected stray(index: number, how: 'free' | 'retain', address: number): void {
    if (this.isTaken(address)) return;
    const worker = this.workers[index]!;
    const owner = this.ownerOf(address);
    if (how === 'free' && owner >= 0 && owner !== index) {
      this.freeThere(index, owner, [address]);
      return;
    }
    const answer = this.engine.of(index, how, address);
    this.counts['stray frees']!++;
    if (answer === INVALID) worker.strays++;
    if (this.task.mode & FOREIGN) {
      const isIn = (plan: Installed) => address >= rangeOf(plan)[0] && address < rangeOf(plan)[1];
      const isSealed = worker.order.some(plan => plan.state === 'sealed' && isIn(plan));
      const isMaybe = worker.order.some(plan => plan.state === 'retired' && isIn(plan));
      if (isMaybe && !isSealed && (answer === INVALID || answer === NOT_OURS)) return;
      this.expect('stray', answer, isSealed ? INVALID : NOT_OURS);
    } else {
      this.expect('stray', answer, owner === index ? INVALID : NOT_OURS);
    }
  }

  protected ownerOf(address: number): number {
    if (this.task.mode & FOREIGN) return -1;
    return this.engine.regions.findIndex(({base, bytes}) => address >= base && address < base + bytes);
  }

  /** Addresses at which nothing is live, in another's region, which it takes at once. */
  protected freeThere(index: number, owner: number, offsets: readonly number[]): void {
    if (owner === index || owner >= this.workers.length || this.task.mode & FOREIGN) return;
    const {base, bytes} = this.engine.regions[owner]!;
    const worker = this.workers[owner]!;
    for (const offset of offsets) {
      const address = offset >= base ? offset : base + offset;
      if (address >= base + bytes || this.isTaken(address)) continue;
      const answer = this.engine.of(index, 'free', address);
      if (answer === FULL && worker.queued.length >= QUEUE) continue;
      this.expect('free there', answer, DONE);
      worker.queued.push(address);
      worker.remote++;
      worker.strays++;
    }
    this.collect(owner);
  }
}

/** A byte for every byte of the block. */
function stampOf(id: number): number {
  return (37 * id + 11) & 255;
}
