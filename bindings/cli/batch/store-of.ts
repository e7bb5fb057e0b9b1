/** The store of a batch, by its address. */
import {FolderStore} from './folder-store.ts';
import {openS3Store} from './s3-store.ts';
import type {Store} from './store.ts';

/** @param address a folder, or a bucket: `s3://BUCKET/PREFIX` */
export async function storeOf(address: string): Promise<Store> {
  return address.startsWith('s3://') ? openS3Store(address) : new FolderStore(address);
}
