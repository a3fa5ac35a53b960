/** The document that is open: its pages, the picture of one, its text. */

import type { Actions } from "./actions";
import { CornerEditor } from "./CornerEditor";
import { OpenButtons } from "./OpenButtons";
import { Icon } from "./icons";
import { Sight } from "./Sight";
import { SaveMenu } from "./SaveMenu";
import { useStore, type Sheet } from "./store";
import { TextPane } from "./TextPane";
import { Viewer } from "./Viewer";

/** Pixels of the width of a thumbnail. */
const THUMB = 160;

export function Workbench({ actions }: { actions: Actions }) {
  const store = useStore();
  const { say, state } = store;
  const sheet = state.sheets[state.current];
  if (!sheet) return null;
  return (
    <div class={`workbench pane-${state.pane}`}>
      <Strip actions={actions} />
      <div class="switch only-narrow" role="group" aria-label={say("picture")}>
        {(["picture", "text"] as const).map((pane) => (
          <button key={pane} aria-pressed={state.pane === pane} onClick={() => store.set({ pane })}>{say(pane)}</button>
        ))}
      </div>
      <section class="picture-pane" aria-label={say("picture")}>
        {sheet.status === "corners" && sheet.photo && sheet.quad ? (
          <CornerEditor key={sheet.id} sheet={sheet} actions={actions} />
        ) : (
          <Viewer sheet={sheet} actions={actions} />
        )}
        <Progress sheet={sheet} actions={actions} />
      </section>
      <TextPane actions={actions} sheet={sheet} />
      <SaveMenu actions={actions} />
    </div>
  );
}

function Strip({ actions }: { actions: Actions }) {
  const store = useStore();
  const { say, state } = store;
  const count = state.sheets.length;
  return (
    <nav class="strip" aria-label={say("pages")}>
      <ol>
        {state.sheets.map((sheet, k) => (
          <li key={sheet.id} class={`thumb ${sheet.status}`}>
            <button
              class="thumb-button" aria-current={k === state.current ? "page" : undefined} aria-label={say("pageOf", { n: k + 1, count })}
              onClick={() => store.set({ current: k, selected: null, editing: false })}
            >
              {sheet.shot ? <Sight shot={sheet.showWhite && sheet.white ? sheet.white : sheet.shot} alt="" most={THUMB} /> : <span class="blank" />}
              <span class="thumb-number">{k + 1}</span>
            </button>
            <button class="thumb-remove icon-button" aria-label={say("removePage", { n: k + 1 })} onClick={() => actions.remove(sheet.id)}>
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ol>
      <div class="strip-tools">
        <OpenButtons actions={actions} small />
        <button class="button quiet-button" onClick={() => confirm(say("startAgainSure")) && actions.clear()}><Icon name="trash" />{say("startAgain")}</button>
      </div>
    </nav>
  );
}

const BUSY: readonly Sheet["status"][] = ["opening", "seeking", "waiting", "reading"];

/** What is being done to a sheet, over its picture; where nothing is, how far the other sheets are. */
function Progress({ sheet, actions }: { sheet: Sheet; actions: Actions }) {
  const { say, state } = useStore();
  const number = state.sheets.indexOf(sheet) + 1;
  const count = state.sheets.length;
  const texts: Partial<Record<Sheet["status"], string>> = {
    opening: say("opening", { name: sheet.name }),
    seeking: say("seeking"),
    waiting: state.loading ? say("loading", { share: Math.round(100 * state.loaded) }) : say("reading", { n: number, count }),
    reading: state.loading ? say("loading", { share: Math.round(100 * state.loaded) }) : say("reading", { n: number, count }),
  };
  const left = state.sheets.filter((one) => BUSY.includes(one.status)).length;
  const text = texts[sheet.status] ?? (left && sheet.status !== "corners" ? say("others", { done: count - left, count }) : "");
  if (!text) return null;
  const others = texts[sheet.status] ? 0 : (count - left) / count; // without a share it would be drawn all the time
  const share = state.loading ? state.loaded : sheet.status === "reading" ? sheet.progress : others;
  return (
    <div class="progress">
      <span id="progress-text">{text}</span>
      <progress aria-labelledby="progress-text" value={share} max={1} />
      <button class="plain" onClick={() => actions.stop()}>{say("stop")}</button>
    </div>
  );
}
