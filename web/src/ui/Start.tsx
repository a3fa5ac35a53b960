/** What is shown before anything is open. */

import type { Actions } from "./actions";
import { OpenButtons } from "./OpenButtons";
import { Icon } from "./icons";
import { useStore } from "./store";

export function Start({ actions }: { actions: Actions }) {
  const { say, state } = useStore();
  const sample = async (): Promise<void> => {
    try {
      const response = await fetch("sample.jpg");
      await actions.open([new File([await response.blob()], "sample.jpg", { type: "image/jpeg" })]);
    } catch (error) {
      actions.tell(error);
    }
  };
  return (
    <div class="start">
      <div class="start-card">
        <Illustration />
        <h2>{say("tagline")}</h2>
        <OpenButtons actions={actions} />
        <p class="quiet only-wide">{say("drop")}</p>
        <button class="link" onClick={sample}>{say("sample")}</button>
      </div>
      <p class="assurance"><Icon name="lock" />{say(state.engine === "server" ? "privateServer" : "private")}</p>
      <p class="quiet loading-state">
        {state.loading ? say("loading", { share: Math.round(100 * state.loaded) }) : state.loaded === 1 && state.engine === "device" ? say("ready") : "\u00a0"}
      </p>
    </div>
  );
}

/** A photographed page whose lines are being found. */
function Illustration() {
  const rows = [0, 1, 2, 3, 4, 5, 6];
  return (
    <svg class="illustration" viewBox="0 0 240 150" aria-hidden="true">
      <g transform="translate(40 14) rotate(-7 45 60)">
        <rect width="92" height="120" rx="5" class="sheet-back" />
        {rows.map((k) => <rect key={k} x="12" y={16 + 14 * k} width={k === 6 ? 40 : 68} height="5" rx="2.5" class="ink-faint" />)}
      </g>
      <path d="M137 75h22m0 0-7-6m7 6-7 6" class="arrow" />
      <g transform="translate(168 20)">
        <rect width="66" height="112" rx="5" class="sheet-front" />
        {rows.map((k) => <rect key={k} x="9" y={13 + 13 * k} width={k === 6 ? 28 : 48} height="6" rx="2" class={k === 3 ? "ink-doubt" : "ink"} />)}
      </g>
    </svg>
  );
}
