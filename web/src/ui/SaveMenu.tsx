/** Copying, sharing and saving the document. */

import { useRef, useState } from "preact/hooks";
import { hocr, json, plainText } from "../export/text";
import { searchablePdf } from "../export/pdf";
import { Fault } from "../engines/engine";
import type { Key } from "../i18n";
import { asJpeg } from "../opening/picture";
import type { Actions } from "./actions";
import { useDismiss } from "./dismiss";
import { Icon } from "./icons";
import { useStore } from "./store";

type Form = "pdf" | "txt" | "hocr" | "json";
const FORMS: readonly (readonly [Form, Key])[] = [["pdf", "savePdf"], ["txt", "saveTxt"], ["hocr", "saveHocr"], ["json", "saveJson"]];

export function SaveMenu({ actions }: { actions: Actions }) {
  const store = useStore();
  const { say, state } = store;
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const ready = state.sheets.some((sheet) => sheet.page);
  const name = (state.sheets[0]?.name ?? "document").replace(/(\.[a-z0-9]{1,5})?( \d+)?$/i, "") || "document";

  useDismiss(open, menu, () => setOpen(false));

  const made = async (form: Form): Promise<File> => {
    const pages = actions.pages();
    const file = (parts: BlobPart, type: string): File => new File([parts], `${name}.${form}`, { type });
    if (form === "txt") return file(plainText(pages) + "\n", "text/plain");
    if (form === "hocr") return file(hocr(pages, name), "application/xhtml+xml");
    const engine = pages.flatMap((page) => page.blocks.flatMap((block) => block.lines))[0]?.engine ?? "";
    if (form === "json") return file(json(pages, name, engine), "application/json");
    const sheets = state.sheets.filter((sheet) => sheet.shot);
    const pictures = [];
    for (const sheet of sheets) {
      const shot = sheet.showWhite && sheet.white ? sheet.white : sheet.shot!;
      const page = pages[state.sheets.indexOf(sheet)];
      pictures.push({ page, jpeg: await asJpeg(shot), pixels: { width: shot.width, height: shot.height } });
    }
    return file(searchablePdf(pictures, name), "application/pdf");
  };
  const save = async (form: Form): Promise<void> => {
    setBusy(true);
    try {
      const file = await made(form);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = file.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      setOpen(false);
      actions.kept();
    } catch (error) {
      actions.tell(error);
    } finally {
      setBusy(false);
    }
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(plainText(actions.pages()));
      actions.tell(new Fault("copied"), "info");
      actions.kept();
    } catch {
      actions.tell(new Fault("copyFailed"));
    }
  };
  const share = async (): Promise<void> => {
    try {
      const file = await made("pdf");
      const data: ShareData = navigator.canShare?.({ files: [file] }) ? { files: [file], title: name } : { title: name, text: plainText(actions.pages()) };
      await navigator.share(data);
      actions.kept();
    } catch (error) {
      actions.tell(error);
    }
  };
  return (
    <div class="save-bar" ref={menu}>
      <button class="button" disabled={!ready} onClick={() => void copy()}><Icon name="copy" />{say("copy")}</button>
      {"share" in navigator && <button class="button" disabled={!ready} onClick={() => void share()}><Icon name="share" />{say("share")}</button>}
      <button class="button primary" disabled={!ready} aria-haspopup="true" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="save" />{say("save")}
      </button>
      {open && (
        <div class="menu save-menu">
          {FORMS.map(([form, key]) => (
            <button key={form} class="menu-item" disabled={busy} data-testid={`save-${form}`} onClick={() => void save(form)}>
              <span>{say(key)}</span>
              <small>{form === "pdf" ? say("saveHint") : `.${form}`}</small>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
