/** The picture of a page with the boxes of its lines; a comparison of before and after; zoom. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Page, type Place, bounds, doubtfulWords } from "../document";
import type { Quad } from "../pixels/image";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import { Sight } from "./Sight";
import type { Sheet } from "./store";
import { useStore } from "./store";
import { matchesOf } from "./search";

const ZOOMS = [1, 1.5, 2, 3, 4];

export function Viewer({ sheet, actions }: { sheet: Sheet; actions: Actions }) {
  const { say, state } = useStore();
  const [zoom, setZoom] = useState(0);
  const [compare, setCompare] = useState<number | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const { shot, white, page } = sheet;
  const shown = sheet.showWhite && white ? white : shot;

  useEffect(() => setCompare(null), [sheet.id]);
  useEffect(() => followSelection(scroller.current, page, state.selected, state.current), [state.selected, zoom]);

  if (!shot || !shown) return <div class="canvas-fit empty" />;
  const canWhiten = sheet.status === "done" || sheet.status === "failed";
  const toggleWhite = (): void => {
    if (!white) void actions.whiten(sheet.id).catch((error) => actions.tell(error));
    else actions.show(sheet.id, !sheet.showWhite);
  };
  return (
    <div class="viewer">
      <div class="canvas-fit" ref={scroller} data-zoom={zoom > 0 ? "in" : undefined} tabIndex={zoom > 0 ? 0 : undefined} role="group" aria-label={say("picture")}>
        <div class="fitted" style={{ aspectRatio: `${shot.width} / ${shot.height}`, "--ratio": shot.width / shot.height, "--zoom": ZOOMS[zoom] }}>
          <Sight shot={compare === null ? shown : shot} alt={sheet.name} detail={zoom > 0} />
          {compare !== null && white && (
            <>
              <img class="after" src={white.url} alt="" style={{ clipPath: `inset(0 0 0 ${100 - compare}%)` }} />
              <div class="divider" style={{ left: `${100 - compare}%` }} aria-hidden="true" />
              <span class="tag before-tag">{say("before")}</span>
              <span class="tag after-tag">{say("after")}</span>
            </>
          )}
          {page && compare === null && <Boxes page={page} actions={actions} />}
        </div>
      </div>
      {compare !== null && (
        <label class="compare">
          <span class="sr">{say("compareHelp")}</span>
          <input type="range" min="0" max="100" value={compare} onInput={(event) => setCompare(Number(event.currentTarget.value))} />
        </label>
      )}
      <div class="tools">
        <button class="tool" disabled={!canWhiten} aria-pressed={sheet.showWhite} onClick={toggleWhite}><Icon name="whiten" /><span>{say("whiten")}</span></button>
        {white && (
          <button class="tool" aria-pressed={compare !== null} onClick={() => setCompare(compare === null ? 50 : null)}>
            <Icon name="page" /><span>{say("compare")}</span>
          </button>
        )}
        <button class="tool" disabled={!canWhiten} onClick={() => actions.adjust(sheet.id)}><Icon name="corners" /><span>{say("adjustCorners")}</span></button>
        <span class="spacer" />
        <button class="tool" aria-label={say("zoomOut")} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)}><Icon name="zoomOut" /></button>
        <button class="tool" aria-label={say("zoomIn")} disabled={zoom === ZOOMS.length - 1} onClick={() => setZoom(zoom + 1)}><Icon name="zoomIn" /></button>
      </div>
    </div>
  );
}

/** Scrolls a zoomed picture to the chosen word. */
function followSelection(scroller: HTMLElement | null, page: Page | undefined, place: Place | null, current: number): void {
  if (!scroller || !page || !place || place.page !== current) return;
  const word = page.blocks[place.block]?.lines[place.line]?.words[place.word];
  if (!word) return;
  const [left, top, right, bottom] = bounds(word.box);
  const scale = scroller.scrollWidth / page.width;
  scroller.scrollTo({ left: ((left + right) / 2) * scale - scroller.clientWidth / 2, top: ((top + bottom) / 2) * scale - scroller.clientHeight / 2 });
}

function points(quad: Quad): string {
  return quad.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
}

function Boxes({ page, actions }: { page: Page; actions: Actions }) {
  const { say, state } = useStore();
  const { current, selected, threshold, search } = state;
  const here = selected?.page === current ? selected : null;
  const doubts = doubtfulWords([page], threshold);
  const found = matchesOf([page], search);
  const wordBox = (place: Omit<Place, "page">): Quad | undefined => page.blocks[place.block]?.lines[place.line]?.words[place.word]?.box;
  let number = 0;
  return (
    <svg class="boxes" viewBox={`0 0 ${page.width} ${page.height}`} role="group" aria-label={say("text")}>
      {doubts.map((place) => {
        const box = wordBox(place);
        return box && <polygon key={`d${place.block}.${place.line}.${place.word}`} points={points(box)} class="box-doubt" />;
      })}
      {found.map((place) => {
        const box = wordBox(place);
        return box && <polygon key={`f${place.block}.${place.line}.${place.word}`} points={points(box)} class="box-found" />;
      })}
      {page.blocks.flatMap((block, b) =>
        block.lines.map((line, l) => (
          <polygon
            key={`${b}.${l}`} points={points(line.box)} class={`box-line ${here?.block === b && here.line === l ? "chosen" : ""}`}
            role="button" tabindex={-1} aria-label={say("line", { n: ++number, text: line.text })}
            onClick={(event) => actions.select({ page: current, block: b, line: l, word: nearestWord(page, b, l, event) })}
          />
        )),
      )}
      {here && wordBox(here) && <polygon points={points(wordBox(here)!)} class="box-word" />}
    </svg>
  );
}

/** The word of a line that was tapped. */
function nearestWord(page: Page, block: number, line: number, event: MouseEvent): number {
  const svg = (event.currentTarget as SVGElement).ownerSVGElement!.getBoundingClientRect();
  const x = ((event.clientX - svg.left) / svg.width) * page.width;
  const y = ((event.clientY - svg.top) / svg.height) * page.height;
  let [best, least] = [0, Infinity];
  page.blocks[block].lines[line].words.forEach((word, k) => {
    const [left, top, right, bottom] = bounds(word.box);
    const away = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    if (away < least) [best, least] = [k, away];
  });
  return best;
}
