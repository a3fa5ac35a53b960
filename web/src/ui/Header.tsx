/** Name, tabs, and the settings: language of the text, who reads, language and tone of the page. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Lang } from "../engines/engine";
import type { Actions } from "./actions";
import { useDismiss } from "./dismiss";
import { Icon } from "./icons";
import { remember, remembered } from "./memory";
import { useStore } from "./store";

function switchTheme(): void {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  remember("theme", root.dataset.theme);
}

export function Header({ actions }: { actions: Actions }) {
  const store = useStore();
  const { say, state } = store;
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const theme = remembered("theme");
    if (theme) document.documentElement.dataset.theme = theme;
  }, []);

  useDismiss(open, menu, () => setOpen(false));

  const go = (tab: "read" | "identity"): void => {
    history.replaceState(null, "", tab === "identity" ? "#identity" : "#");
    store.set({ tab });
  };

  return (
    <header class="header">
      <div class="brand">
        <img src="icon.svg" alt="" width="28" height="28" />
        <h1>{say("title")}</h1>
      </div>
      <nav class="tabs" aria-label={say("title")}>
        <button class="tab" aria-current={state.tab === "read" ? "page" : undefined} onClick={() => go("read")}>
          <Icon name="page" /><span>{say("tabRead")}</span>
        </button>
        <button class="tab" aria-current={state.tab === "identity" ? "page" : undefined} onClick={() => go("identity")}>
          <Icon name="identity" /><span>{say("tabIdentity")}</span>
        </button>
      </nav>
      <div class="settings" ref={menu}>
        <button class="icon-button" aria-haspopup="true" aria-expanded={open} aria-label={say("settings")} onClick={() => setOpen(!open)}>
          <Icon name="gear" />
        </button>
        {open && <Settings actions={actions} />}
      </div>
    </header>
  );
}

function Settings({ actions }: { actions: Actions }) {
  const store = useStore();
  const { say, state } = store;
  return (
    <div class="menu settings-menu">
      <label class="field">
        <span>{say("language")}</span>
        <select value={state.lang} onChange={(event) => actions.choose({ lang: event.currentTarget.value as Lang })}>
          <option value="en">{say("langEn")}</option>
          <option value="zh">{say("langZh")}</option>
        </select>
      </label>
      {state.serverThere && (
        <fieldset class="field">
          <legend>{say("engine")}</legend>
          {(["server", "device"] as const).map((kind) => (
            <label class="radio" key={kind}>
              <input type="radio" name="engine" checked={state.engine === kind} onChange={() => actions.choose({ engine: kind })} />
              <span>
                {say(kind === "server" ? "engineServer" : "engineDevice")}
                <small>{say(kind === "server" ? "engineServerNote" : "engineDeviceNote")}</small>
              </span>
            </label>
          ))}
          {state.engine === "server" && (
            <label class="field">
              <span>{say("token")}</span>
              <input
                type="password" autocomplete="off" value={state.token}
                onChange={(event) => {
                  remember("token", event.currentTarget.value, "sessionStorage");
                  store.set({ token: event.currentTarget.value });
                }}
              />
            </label>
          )}
        </fieldset>
      )}
      <div class="row">
        <button
          class="button" lang={state.tongue === "en" ? "zh-CN" : "en"}
          onClick={() => {
            const tongue = state.tongue === "en" ? "zh" : "en";
            remember("tongue", tongue);
            store.set({ tongue });
          }}
        >
          {say("interfaceLanguage")}
        </button>
        <button class="button" onClick={switchTheme}><Icon name="moon" />{say("theme")}</button>
      </div>
    </div>
  );
}
