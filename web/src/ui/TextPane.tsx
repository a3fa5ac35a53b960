/** The text of a page: searched, checked and corrected in place. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { type Line, type Page, type Place, doubtfulWords, expectedErrors, linesOf, samePlace } from "../document";
import type { Actions } from "./actions";
import { Details } from "./Details";
import { Icon } from "./icons";
import { matchesOf } from "./search";
import { useStore, type Sheet } from "./store";

export function TextPane({ actions, sheet }: { actions: Actions; sheet: Sheet }) {
  const store = useStore();
  const { say, state } = store;
  const pages = actions.pages();
  const doubts = doubtfulWords(pages, state.threshold);
  const { page } = sheet;
  return (
    <section class="text-pane" aria-label={say("text")}>
      <div class="text-head">
        <Search actions={actions} pages={pages} />
        {page && (
          <div class="check-row">
            <button class="button check-button" disabled={!doubts.length} onClick={() => actions.select(actions.nextDoubtful(), true)}>
              <Icon name="check" />{say("check")}
            </button>
            <p class="quiet">
              <strong data-testid="doubtful">{doubts.length === 1 ? say("doubtfulOne") : doubts.length ? say("doubtful", { count: doubts.length }) : say("noDoubt")}</strong>
              <br />
              <span data-testid="expected">{say("expected", { count: expectedErrors(pages).toFixed(1) })}</span>
            </p>
          </div>
        )}
      </div>
      <div class="text-body" data-testid="text" lang={state.lang === "zh" ? "zh-CN" : undefined} tabIndex={0} role="group" aria-label={say("text")}>
        {page ? linesOf(page).length ? <Lines page={page} actions={actions} /> : <p class="quiet">{say("noText")}</p> : <Waiting sheet={sheet} />}
      </div>
      {page && linesOf(page).length > 0 && <Details page={page} sheet={sheet} actions={actions} />}
    </section>
  );
}

function Waiting({ sheet }: { sheet: Sheet }) {
  if (sheet.status === "failed" || sheet.status === "corners") return null;
  return (
    <div class="skeleton" aria-hidden="true">
      {[92, 100, 84, 96, 60, 0, 98, 88, 100, 45].map((width, k) => <span key={k} style={{ width: `${width}%` }} />)}
    </div>
  );
}

function Search({ actions, pages }: { actions: Actions; pages: readonly Page[] }) {
  const store = useStore();
  const { say, state } = store;
  const found = matchesOf(pages, state.search);
  const go = (): void => {
    if (!found.length) return;
    const at = found.findIndex((place) => samePlace(place, state.selected));
    actions.select(found[(at + 1) % found.length]);
  };
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        type="search" placeholder={say("search")} aria-label={say("search")} value={state.search}
        onInput={(event) => store.set({ search: event.currentTarget.value })}
        onKeyDown={(event) => event.key === "Enter" && go()}
      />
      {state.search.trim() && (
        <>
          <span class="quiet" role="status">{say("matches", { count: found.length })}</span>
          <button class="plain" disabled={!found.length} onClick={go}>{say("nextMatch")}</button>
        </>
      )}
    </div>
  );
}

function Lines({ page, actions }: { page: Page; actions: Actions }) {
  const { state } = useStore();
  return (
    <>
      {page.blocks.map((block, b) => (
        <div key={b} class={`block ${block.kind}`}>
          {block.lines.map((line, l) => (
            <LineView key={l} line={line} at={{ page: state.current, block: b, line: l }} actions={actions} />
          ))}
        </div>
      ))}
    </>
  );
}

function LineView({ line, at, actions }: { line: Line; at: Omit<Place, "word">; actions: Actions }) {
  const { state } = useStore();
  const chosen = state.selected && samePlace({ ...state.selected, word: 0 }, { ...at, word: 0 });
  const found = new Set(matchesOf([{ blocks: [{ lines: [line] }] } as unknown as Page], state.search).map((place) => place.word));
  return (
    <p class={`text-line ${chosen ? "chosen" : ""}`}>
      {line.words.map((word, w) => {
        const place = { ...at, word: w };
        const picked = samePlace(state.selected, place);
        if (picked && state.editing) return <Edit key={w} place={place} text={word.text} actions={actions} />;
        const doubt = !word.checked && word.confidence < state.threshold;
        const classes = ["word", doubt && "doubt", found.has(w) && "found", picked && "picked", word.checked && "checked"].filter(Boolean).join(" ");
        return (
          <>
            <span
              key={w} class={classes} data-doubt={doubt || undefined} onClick={() => actions.select(place, picked || doubt)}
              {...(doubt ? { role: "button", tabIndex: 0, onKeyDown: (event: KeyboardEvent) => event.key === "Enter" && actions.select(place, true) } : {})}
            >
              {word.text}
            </span>{" "}
          </>
        );
      })}
    </p>
  );
}

/** A word being corrected: Tab goes to the next doubtful one, Enter accepts and goes on, Esc leaves. */
function Edit({ place, text, actions }: { place: Place; text: string; actions: Actions }) {
  const { say } = useStore();
  const field = useRef<HTMLInputElement>(null);
  const left = useRef(false);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.select();
    field.current?.scrollIntoView({ block: "nearest" });
  }, []);

  const finish = (accept: boolean, step: 0 | 1 | -1): void => {
    left.current = true;
    const typed = field.current?.value ?? text;
    const changed = typed.trim() !== text;
    const next = step ? actions.nextDoubtful(step) : null;
    const count = actions.wordsIn(place);
    if (accept || changed) actions.correct(place, typed);
    const shift = actions.wordsIn(place) - count;
    const moved = next && next.page === place.page && next.block === place.block && next.line === place.line && next.word > place.word;
    actions.select(next && moved ? { ...next, word: next.word + shift } : next, !!next);
  };
  return (
    <input
      ref={field} class="edit" data-testid="edit" defaultValue={text} size={Math.max(3, text.length + 1)} aria-label={say("correct")}
      spellcheck={false} autocomplete="off" autocapitalize="off" enterkeyhint="next"
      onKeyDown={(event) => {
        if (event.key === "Tab") finish(false, event.shiftKey ? -1 : 1);
        else if (event.key === "Enter") finish(true, 1);
        else if (event.key === "Escape") {
          left.current = true;
          actions.select(place);
        } else return;
        event.preventDefault();
      }}
      onBlur={(event) => {
        const typed = event.currentTarget.value;
        if (!left.current && typed.trim() !== text) actions.correct(place, typed);
      }}
    />
  );
}
