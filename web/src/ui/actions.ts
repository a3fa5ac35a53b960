/** What a user can do: open, straighten, whiten, read, correct. The only code that changes the state. */

import { type Page, type Place, corrected, doubtfulWords, linesOf, samePlace, comparePlaces, typicalHeight } from "../document";
import { DeviceEngine } from "../engines/device";
import { type Engine, type EngineKind, Fault, type Lang } from "../engines/engine";
import { ServerEngine } from "../engines/server";
import { isKey } from "../i18n";
import { openPdf } from "../opening/pdf";
import { type Shot, checkSize, discard, fromPixels, kindOf, openPicture } from "../opening/picture";
import { type Quad, turned } from "../pixels/image";
import { area } from "../scanning/quad";
import { remember } from "./memory";
import type { Sheet, Store } from "./store";

/** Confidence from which on a photograph shows a page, and the share of it that a page may fill and still be cut out. */
const FOUND = 0.7;
const FULL = 0.94;
/** Height of lines in pixels below which they suffer where a picture was made smaller. */
const SMALL = 16;

export class Actions {
  readonly device = new DeviceEngine();
  readonly server: ServerEngine;
  private next = 1;
  private busy: Promise<void> = Promise.resolve();
  private stopper = new AbortController();
  private preparing: Promise<void> | null = null;

  constructor(private readonly store: Store) {
    this.server = new ServerEngine(() => store.state.token);
  }

  get engine(): Engine {
    return this.store.state.engine === "server" ? this.server : this.device;
  }

  /** Whether pages or corrections would be lost with the page. */
  get unsaved(): boolean {
    const { sheets, saved } = this.store.state;
    return sheets.length > 0 && sheets !== saved;
  }

  /** Finds out whether a server is behind this page. */
  async begin(): Promise<void> {
    if (await this.server.there()) this.store.set({ serverThere: true, engine: "server" });
    await this.prepare().catch((error) => this.tell(error));
  }

  /** Loads what the engine needs; once for each engine and language. */
  prepare(): Promise<void> {
    if (this.preparing) return this.preparing;
    const { lang } = this.store.state;
    this.store.set({ loading: true, loaded: 0 });
    const work = this.engine.prepare(lang, (share) => this.store.set({ loaded: Math.min(share, 0.99) })).then(
      () => this.store.set({ loaded: 1, loading: false }),
      (error) => {
        this.preparing = null;
        this.store.set({ loading: false });
        throw error;
      },
    );
    return (this.preparing = work);
  }

  choose(change: { lang?: Lang; engine?: EngineKind }): void {
    if (change.lang) remember("lang", change.lang);
    this.store.set(change);
    this.preparing = null;
    this.prepare().catch((error) => this.tell(error));
    const again = this.store.state.sheets.filter((sheet) => sheet.status === "done" || sheet.status === "failed");
    for (const sheet of again) if (sheet.shot) this.queue(sheet.id);
  }

  /** Shows what went wrong, or something to know. */
  tell(error: unknown, kind: "info" | "error" = "error"): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    const fault = error instanceof Fault ? error : new Fault("failed", { reason: error instanceof Error ? error.message : String(error) });
    const text = isKey(fault.key) ? this.store.say(fault.key, fault.values) : fault.key;
    if (this.store.state.notices.some((notice) => notice.text === text)) return;
    this.store.set({ notices: [...this.store.state.notices, { id: this.next++, text, kind }] });
  }

  dismiss(id: number): void {
    this.store.set({ notices: this.store.state.notices.filter((notice) => notice.id !== id) });
  }

  // ------------------------------------------------------------------------------------------------- opening

  /** Opens files, one after the other. */
  async open(files: readonly File[]): Promise<void> {
    for (const file of files) {
      try {
        checkSize(file);
        if ((await kindOf(file)) === "pdf") await this.openPdfFile(file);
        else await this.openPictureFile(file);
      } catch (error) {
        this.tell(error);
      }
    }
  }

  private add(name: string, change: Partial<Sheet> = {}): number {
    const sheet: Sheet = { id: this.next++, name, status: "opening", progress: 0, shot: null, showWhite: false, ...change };
    const sheets = [...this.store.state.sheets, sheet];
    const first = this.store.state.sheets.length === 0;
    this.store.set({ sheets, ...(first ? { current: 0, selected: null, pane: "picture" as const } : {}) });
    return sheet.id;
  }

  private async openPictureFile(file: File): Promise<void> {
    const id = this.add(file.name);
    this.store.set({ current: this.store.state.sheets.findIndex((sheet) => sheet.id === id), selected: null });
    try {
      const photo = await openPicture(file);
      this.store.sheet(id, { shot: photo, status: "seeking" });
      const count = photo.frames ?? 1;
      if (count > 1) this.tell(new Fault("animated", { name: file.name, count }), "info");
      if (photo.cut) this.tell(new Fault("cutOff", { name: file.name }), "info");
      const found = await this.device.corners(photo).catch((error: unknown) => {
        if (this.store.state.engine === "device") throw error;
        return null; // the server reads pictures as they are
      });
      const share = found ? area(found.quad) / (photo.width * photo.height) : 1;
      if (found && found.confidence >= FOUND && share < FULL) {
        this.store.sheet(id, { photo, quad: found.quad, status: "corners" });
        this.store.set({ spoken: this.store.say("corners") });
      } else this.queue(id);
    } catch (error) {
      this.remove(id);
      throw error;
    }
  }

  private async openPdfFile(file: File): Promise<void> {
    const pdf = await openPdf(file);
    const ids = Array.from({ length: pdf.pages }, (_, k) => this.add(pdf.pages > 1 ? `${file.name} ${k + 1}` : file.name));
    const { signal } = this.stopper;
    const whole = this.engine.readFile ? this.readWhole(file, ids) : null;
    for (const [k, id] of ids.entries()) {
      if (signal.aborted) break;
      if (!this.find(id)) continue;
      try {
        const shot = await pdf.draw(k + 1);
        if (signal.aborted) break;
        this.store.sheet(id, { shot, ...(whole ? {} : { status: "waiting" as const }) });
      } catch (error) {
        this.fail(id, error);
        this.tell(error);
        continue;
      }
      if (!whole) await this.queue(id);
    }
    pdf.close();
    await whole;
  }

  /** A whole file read by the server, page by page as they come. */
  private async readWhole(file: File, ids: readonly number[]): Promise<void> {
    const signal = this.stopper.signal;
    for (const id of ids) this.store.sheet(id, { status: "reading" });
    try {
      await this.engine.readFile!(file, this.store.state.lang, (page) => this.finish(ids[page.number - 1], page), signal);
    } catch (error) {
      for (const id of ids) if (this.find(id)?.status === "reading") this.fail(id, error);
      this.tell(error);
    }
  }

  // ------------------------------------------------------------------------------------------------- photographs

  async straighten(id: number, quad: Quad): Promise<void> {
    const sheet = this.find(id);
    const photo = sheet?.photo;
    if (!photo) return;
    this.store.sheet(id, { quad, status: "opening", white: undefined, page: undefined });
    try {
      const flat = await this.device.straighten(photo, quad);
      const shot = { ...(await fromPixels(flat, photo.name)), upright: true };
      this.store.sheet(id, { shot });
      await this.queue(id);
      await this.whiten(id);
    } catch (error) {
      this.fail(id, error);
      this.tell(error);
    }
  }

  keepWhole(id: number): void {
    const sheet = this.find(id);
    if (sheet?.photo) this.store.sheet(id, { shot: sheet.photo });
    this.queue(id);
  }

  adjust(id: number): void {
    const sheet = this.find(id);
    if (!sheet?.shot) return;
    const photo = sheet.photo ?? sheet.shot;
    const { width, height } = photo;
    const inset = 0.06;
    const frame: Quad = [
      [width * inset, height * inset], [width * (1 - inset), height * inset],
      [width * (1 - inset), height * (1 - inset)], [width * inset, height * (1 - inset)],
    ];
    this.store.sheet(id, { photo, quad: sheet.quad ?? frame, status: "corners" });
  }

  /** Makes the whitened picture, and shows it. */
  async whiten(id: number): Promise<void> {
    const sheet = this.find(id);
    if (!sheet?.shot || sheet.white) return this.store.sheet(id, { showWhite: true });
    const white = await fromPixels(await this.device.whiten(sheet.shot), sheet.shot.name, sheet.shot.dpi);
    this.store.sheet(id, { white, showWhite: true });
  }

  // ------------------------------------------------------------------------------------------------- reading

  /** Reads a sheet when those before it are read. */
  queue(id: number): Promise<void> {
    this.store.sheet(id, { status: "waiting", progress: 0, page: undefined, fault: undefined });
    return (this.busy = this.busy.then(() => this.read(id)));
  }

  private async read(id: number): Promise<void> {
    const shot = this.find(id)?.shot;
    if (!shot) return;
    const { signal } = this.stopper;
    const { lang } = this.store.state;
    this.store.sheet(id, { status: "reading", progress: 0 });
    try {
      await this.prepare();
      const progress = (share: number): void => this.store.sheet(id, { progress: share });
      const { page, turned: degrees } = await this.engine.read(shot, lang, progress, signal);
      if (degrees) await this.turn(id, shot, degrees);
      this.finish(id, page);
    } catch (error) {
      this.fail(id, error);
      this.tell(error);
    }
  }

  private async turn(id: number, shot: Shot, degrees: number): Promise<void> {
    const upright = { ...(await fromPixels(turned(await shot.pixels(), degrees), shot.name, shot.dpi)), share: shot.share };
    const white = this.find(id)?.white;
    const change = white ? await fromPixels(turned(await white.pixels(), degrees), white.name, white.dpi) : undefined;
    this.store.sheet(id, { shot: upright, white: change });
  }

  private finish(id: number, page: Page): void {
    if (page.error) {
      this.fail(id, new Fault("failed", { reason: page.error.message }));
      return;
    }
    this.store.sheet(id, { page, status: "done", progress: 1 });
    const { state } = this.store;
    this.store.set({ spoken: this.store.say("done", { seconds: page.seconds.toFixed(1) }) });
    const sheet = this.find(id);
    const found = linesOf(page).length > 0;
    if (found && (sheet?.photo ?? sheet?.shot)?.share && typicalHeight(page) < SMALL) this.tell(new Fault("reduced", { name: sheet!.name }), "info");
    const name = sheet?.name ?? "";
    if (page.warnings?.length) this.tell(new Fault("warned", { name, text: page.warnings.join("; ") }), "info");
    if (found && page.unread) this.tell(new Fault(page.unread === 1 ? "unreadLine" : "unreadLines", { count: page.unread, name }), "info");
    if (!found) this.tell(new Fault("noText"), "info");
    else if (state.sheets[state.current]?.id === id && !state.selected) this.store.set({ selected: null });
  }

  private fail(id: number, error: unknown): void {
    const fault = error instanceof Fault ? error : new Fault("failed", { reason: error instanceof Error ? error.message : String(error) });
    this.store.sheet(id, { status: "failed", fault });
  }

  stop(): void {
    this.stopper.abort(new DOMException("stopped", "AbortError"));
    this.stopper = new AbortController();
    this.preparing = null;
    for (const sheet of this.store.state.sheets)
      if (["opening", "waiting", "reading", "seeking"].includes(sheet.status)) this.store.sheet(sheet.id, { status: "failed", fault: new Fault("stopped") });
  }

  // ------------------------------------------------------------------------------------------------- the document

  private find(id: number): Sheet | undefined {
    return this.store.state.sheets.find((sheet) => sheet.id === id);
  }

  remove(id: number): void {
    const sheet = this.find(id);
    for (const shot of [sheet?.shot, sheet?.photo, sheet?.white]) if (shot) discard(shot);
    const sheets = this.store.state.sheets.filter((one) => one.id !== id);
    const current = Math.max(0, Math.min(this.store.state.current, sheets.length - 1));
    this.store.set({ sheets, current, selected: null, editing: false });
  }

  clear(): void {
    this.stop();
    for (const sheet of this.store.state.sheets) this.remove(sheet.id);
    this.store.set({ search: "", notices: [] });
  }

  select(place: Place | null, editing = false): void {
    this.store.set({ selected: place, editing, ...(place ? { current: place.page } : {}) });
  }

  correct(place: Place, typed: string): void {
    const sheet = this.store.state.sheets[place.page];
    if (sheet?.page) this.store.sheet(sheet.id, { page: corrected(sheet.page, place, typed) });
  }

  /** Confirms a word as it is, and goes on to the next doubtful one. */
  accept(place: Place): void {
    const next = this.nextDoubtful();
    const word = this.store.state.sheets[place.page]?.page?.blocks[place.block]?.lines[place.line]?.words[place.word];
    if (word) this.correct(place, word.text);
    this.select(next ?? place, !!next);
  }

  /** How many words the line of a place has. */
  wordsIn(place: Place): number {
    return this.store.state.sheets[place.page]?.page?.blocks[place.block]?.lines[place.line]?.words.length ?? 0;
  }

  /** The document was saved, copied or shared; says so where pages of it are without text. */
  kept(): void {
    const { sheets } = this.store.state;
    const unread = sheets.filter((sheet) => !sheet.page).length;
    this.store.set({ saved: unread ? null : sheets });
    if (unread) this.tell(new Fault("unread", { unread, count: sheets.length }));
  }

  /** Shows the whitened picture, or the one before. */
  show(id: number, white: boolean): void {
    this.store.sheet(id, { showWhite: white });
  }

  /** The next (or previous) doubtful word after the chosen one; the first one where none is chosen. */
  nextDoubtful(step: 1 | -1 = 1): Place | null {
    const { selected, threshold } = this.store.state;
    const places = doubtfulWords(this.pages(), threshold).filter((place) => !samePlace(place, selected));
    if (!selected) return (step > 0 ? places[0] : places[places.length - 1]) ?? null;
    const after = places.filter((place) => comparePlaces(place, selected) * step > 0);
    const wrapped = after.length ? after : places;
    return (step > 0 ? wrapped[0] : wrapped[wrapped.length - 1]) ?? null;
  }

  /** The pages of all sheets; one that is not read counts as an empty page. */
  pages(): Page[] {
    return this.store.state.sheets.map(
      (sheet) =>
        sheet.page ?? {
          number: 1, width: sheet.shot?.width ?? 1, height: sheet.shot?.height ?? 1, dpi: sheet.shot?.dpi ?? 200,
          seconds: 0, text: "", blocks: [],
        },
    );
  }
}
