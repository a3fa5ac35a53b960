/** How the chosen word was read: its place in the picture, its characters, its certainty, the model. */

import { useEffect, useRef } from "preact/hooks";
import { type Page, bounds } from "../document";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import { useStore, type Sheet } from "./store";

export function Details({ page, sheet, actions }: { page: Page; sheet: Sheet; actions: Actions }) {
  const { say, state } = useStore();
  const place = state.selected?.page === state.current ? state.selected : null;
  const line = place && page.blocks[place.block]?.lines[place.line];
  const word = place && line?.words[place.word];
  if (!place || !line || !word) return <aside class="details none"><p class="quiet">{say("selectLine")}</p></aside>;
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return (
    <aside class="details" aria-label={say("word")}>
      <Glimpse sheet={sheet} page={page} box={bounds(line.box)} word={bounds(word.box)} />
      <div class="details-row">
        <span class="details-word">{word.text}</span>
        <span class={`meter ${word.confidence < 0.5 ? "low" : word.confidence < state.threshold ? "middle" : "high"}`}>
          <i style={{ width: `${100 * word.confidence}%` }} /><b>{percent(word.confidence)}</b>
        </span>
        <span class="details-moves">
          <button class="icon-button" aria-label={say("previous")} onClick={() => actions.select(actions.nextDoubtful(-1), true)}><Icon name="back" /></button>
          <button class="button small-button" onClick={() => actions.accept(place)}><Icon name="check" />{say("accept")}</button>
          <button class="icon-button" aria-label={say("next")} onClick={() => actions.select(actions.nextDoubtful(1), true)}><Icon name="next" /></button>
        </span>
      </div>
      {word.chars.length > 0 && (
        <ol class="chars" aria-label={say("characters")}>
          {word.chars.map((char, k) => (
            <li key={k} class={char.confidence < 0.5 ? "low" : char.confidence < 0.9 ? "middle" : "high"} title={percent(char.confidence)}>
              <span>{char.text}</span><i style={{ height: `${Math.max(6, 100 * char.confidence)}%` }} aria-hidden="true" />
              <span class="sr">{percent(char.confidence)}</span>
            </li>
          ))}
        </ol>
      )}
      <p class="quiet details-foot">
        {say("readBy")} <code>{line.engine}</code>
        <span class="only-wide"> · {say("correctHelp")}</span>
      </p>
    </aside>
  );
}

type Bounds = readonly [number, number, number, number];

/** The place of a line in the picture, with the word marked. */
function Glimpse({ sheet, page, box, word }: { sheet: Sheet; page: Page; box: Bounds; word: Bounds }) {
  const { say } = useStore();
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = (sheet.showWhite && sheet.white ? sheet.white : sheet.shot)?.url;
  const [left, top, right, bottom] = box;
  const margin = 0.25 * (bottom - top);

  useEffect(() => {
    if (!url) return undefined;
    let gone = false;
    const image = new Image();
    image.onload = () => {
      const context = canvas.current?.getContext("2d");
      if (gone || !canvas.current || !context) return;
      const tall = bottom - top + 2 * margin;
      const wide = Math.min(right - left + 2 * margin, tall * 9);
      const middle = (word[0] + word[2]) / 2;
      const from = Math.min(Math.max(left - margin, middle - wide / 2), Math.max(left - margin, right + margin - wide));
      const scale = 112 / tall;
      [canvas.current.width, canvas.current.height] = [Math.round(wide * scale), 112];
      const ratio = image.naturalWidth / page.width;
      context.drawImage(image, from * ratio, (top - margin) * ratio, wide * ratio, tall * ratio, 0, 0, canvas.current.width, 112);
      context.fillStyle = "#f0b42955";
      context.fillRect((word[0] - from) * scale, 0, (word[2] - word[0]) * scale, 112);
    };
    image.src = url;
    return () => {
      gone = true;
    };
  }, [url, left, top, right, bottom, word[0], word[2]]);
  return <canvas ref={canvas} class="glimpse" role="img" aria-label={say("place")} height={112} />;
}
