/** The whole page: header, tabs, and what is open. */

import { useEffect, useState } from "preact/hooks";
import { droppedFiles } from "../opening/dropped";
import type { Actions } from "./actions";
import { Header } from "./Header";
import { Icon } from "./icons";
import { Identity } from "./Identity";
import { update } from "./offline";
import { Start } from "./Start";
import { useStore } from "./store";
import { Workbench } from "./Workbench";

export function App({ actions }: { actions: Actions }) {
  const store = useStore();
  const { tab, sheets, tongue, notices, spoken } = store.state;
  const [over, setOver] = useState(false);

  useEffect(() => {
    document.documentElement.lang = tongue === "zh" ? "zh-CN" : "en";
    document.title = store.say("title");
  }, [tongue]);

  useEffect(() => {
    if (tab !== "read") return undefined;
    const paste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) void actions.open(files);
    };
    const drag = (event: DragEvent): void => {
      event.preventDefault();
      setOver(event.type === "dragover");
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) void droppedFiles(event.dataTransfer).then((files) => actions.open(files)).catch((error) => actions.tell(error));
    };
    document.addEventListener("paste", paste);
    document.addEventListener("dragover", drag);
    document.addEventListener("dragleave", drag);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("paste", paste);
      document.removeEventListener("dragover", drag);
      document.removeEventListener("dragleave", drag);
      document.removeEventListener("drop", drop);
    };
  }, [tab]);

  return (
    <div class="app">
      <Header actions={actions} />
      <main id="main">
        {tab === "identity" ? <Identity actions={actions} /> : sheets.length ? <Workbench actions={actions} /> : <Start actions={actions} />}
      </main>
      <div class="notices" role="region" aria-label={store.say("problems")}>
        {store.state.update && (
          <div class="notice">
            <span>{store.say("updated")}</span>
            <button class="plain" onClick={() => update(store.state.update!)}>{store.say("reload")}</button>
          </div>
        )}
        {notices.map((notice) => (
          <div key={notice.id} class={`notice ${notice.kind}`} role={notice.kind === "error" ? "alert" : "status"}>
            <Icon name="warning" />
            <span>{notice.text}</span>
            <button class="icon-button" aria-label={store.say("dismiss")} onClick={() => actions.dismiss(notice.id)}>
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
      <div class="sr" role="status" aria-live="polite">{spoken}</div>
      {over && <div class="drop-veil" aria-hidden="true"><span>{store.say("dropNow")}</span></div>}
    </div>
  );
}
