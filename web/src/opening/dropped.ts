/** The files of a drop, those in folders too. */

import { Fault } from "../engines/engine";

/** Files in a folder that are opened, or of which it is said why not; others lie there for other reasons. */
const WANTED = /\.(jpe?g|jfif|png|webp|gif|avif|bmp|pdf|tiff?|hei[cf])$/i;

/** What was dropped, folders by the order of their names; fails where there is nothing to open in a folder. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const files = [...transfer.files]; // both are empty once the event is over
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return files;
  const found: File[] = [];
  for (const entry of entries) {
    if (!entry) continue;
    const inside = await filesOf(entry);
    if (!inside.length) throw new Fault("emptyFolder", { name: entry.name });
    found.push(...inside);
  }
  return found;
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail)); // up to a hundred at a time
    if (!some.length) break;
    entries.push(...some);
  }
  entries.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
  const found: File[] = [];
  for (const one of entries) if (one.isDirectory || WANTED.test(one.name)) found.push(...(await filesOf(one)));
  return found;
}
