/** Passports, visas and cards: fields, check digits, problems. */

import { useRef, useState } from "preact/hooks";
import type { Card } from "../engines/engine";
import { type Key, isKey } from "../i18n";
import type { Zone } from "../mrz/zone";
import { type Shot, openPicture } from "../opening/picture";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import { useStore } from "./store";

type Kind = "mrz" | "card";
interface Found {
  readonly zone?: Zone | null;
  readonly card?: Card;
}

const ZONE_FIELDS = ["surname", "given_names", "number", "nationality", "birth", "sex", "expiry", "country", "type", "optional"] as const;
const CHECK_NAMES: Readonly<Record<string, Key>> = {
  number: "checkNumber", birth: "checkBirth", expiry: "checkExpiry", optional: "checkOptional", composite: "checkComposite",
};

export function Identity({ actions }: { actions: Actions }) {
  const { say, state } = useStore();
  const [kind, setKind] = useState<Kind>("mrz");
  const [shots, setShots] = useState<readonly Shot[]>([]);
  const [found, setFound] = useState<Found>({});
  const [busy, setBusy] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const server = state.engine === "server";

  const open = async (list: readonly File[]): Promise<void> => {
    if (!list.length) return;
    setBusy(true);
    setFound({});
    try {
      const opened: Shot[] = [];
      for (const file of list.slice(0, kind === "card" ? 2 : 1)) opened.push(await openPicture(file));
      setShots(opened);
      await actions.prepare();
      const { signal } = new AbortController();
      if (kind === "card") setFound({ card: await actions.server.card(opened, signal) });
      else setFound({ zone: await actions.engine.zone(opened[0], signal) });
    } catch (error) {
      actions.tell(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="identity">
      <h2>{say("idTitle")}</h2>
      <div class="switch" role="group" aria-label={say("idTitle")}>
        {(["mrz", "card"] as const).map((one) => (
          <button
            key={one} aria-pressed={kind === one}
            onClick={() => {
              setKind(one);
              setShots([]);
              setFound({});
            }}
          >
            {say(one === "mrz" ? "idMrz" : "idCard")}
          </button>
        ))}
      </div>
      <p class="quiet">{say(kind === "mrz" ? "idHelp" : server ? "idCardHelp" : "idCardServer")}</p>
      {(kind === "mrz" || server) && (
        <div class="open-buttons">
          <button class="button primary" onClick={() => files.current?.click()}><Icon name="camera" />{say("openPicture")}</button>
          <input
            ref={files} class="sr" data-testid="identity-file" type="file" accept="image/*" multiple={kind === "card"} tabIndex={-1} aria-hidden="true"
            onChange={(event) => {
              const list = [...(event.currentTarget.files ?? [])];
              event.currentTarget.value = "";
              void open(list);
            }}
          />
        </div>
      )}
      {busy && <progress aria-label={say("seeking")} />}
      <div class="identity-result">
        {shots.map((shot) => <img key={shot.url} class="identity-picture" src={shot.url} alt={shot.name} />)}
        {found.zone === null && <p class="verdict bad" role="status"><Icon name="warning" />{say("idNone")}</p>}
        {found.zone && <ZoneView zone={found.zone} />}
        {found.card && <CardView card={found.card} />}
      </div>
    </div>
  );
}

function ZoneView({ zone }: { zone: Zone }) {
  const { say } = useStore();
  const today = new Date().toISOString().slice(0, 10);
  const problems = [
    ...Object.entries(zone.checks).filter(([, holds]) => !holds).map(([name]) => say("problemDigit", { field: say(CHECK_NAMES[name] ?? "idMrz") })),
    ...(["birth", "expiry"] as const).filter((name) => !zone[name] && (name === "birth" || zone.format !== "IDFRA")).map((name) => say("problemDate", { field: say(`field_${name}`) })),
    ...Object.keys(zone.unclear ?? {}).flatMap((name) => (isKey(`field_${name}`) ? [say("problemUnclear", { field: say(`field_${name}` as Key) })] : [])),
    ...(zone.expiry && zone.expiry < today ? [say("problemExpired", { date: zone.expiry })] : []),
    ...(zone.confidence < 0.5 ? [say("problemDoubt")] : []),
  ];
  return (
    <div class="card-view">
      <p class={`verdict ${zone.valid ? "good" : "bad"}`} role="status"><Icon name={zone.valid ? "check" : "warning"} />{say(zone.valid ? "idValid" : "idInvalid")}</p>
      <Fields rows={ZONE_FIELDS.filter((name) => zone[name]).map((name) => [say(`field_${name}`), zone[name], null])} />
      <ul class="checks">
        {Object.entries(zone.checks).map(([name, holds]) => (
          <li key={name} class={holds ? "good" : "bad"}>
            <Icon name={holds ? "check" : "close"} />
            {say(CHECK_NAMES[name] ?? "idMrz")}<span class="sr">: {say(holds ? "checkHolds" : "checkFails")}</span>
          </li>
        ))}
      </ul>
      <Problems list={problems} />
      <pre class="zone" lang="zxx" tabIndex={0} aria-label={say("idMrz")}>{zone.lines.join("\n")}</pre>
    </div>
  );
}

function CardView({ card }: { card: Card }) {
  const { say } = useStore();
  const named = (name: string): string => {
    const key = name === "issuer" ? "field_authority" : `field_${name}`;
    return isKey(key) ? say(key) : name;
  };
  const problems = card.problems.map((problem) => (isKey(`card_${problem}`) ? say(`card_${problem}` as Key) : problem));
  return (
    <div class="card-view">
      <p class={`verdict ${problems.length ? "bad" : "good"}`} role="status">
        <Icon name={problems.length ? "warning" : "check"} />{problems.length ? say("problems") : say("noProblems")}
      </p>
      <Fields rows={card.fields.map(({ name, value, valid }) => [named(name), value || "–", valid])} />
      <Problems list={problems} />
    </div>
  );
}

function Fields({ rows }: { rows: readonly (readonly [string, string, boolean | null])[] }) {
  return (
    <dl class="fields">
      {rows.map(([name, value, valid]) => (
        <div key={name} class={valid === false ? "bad" : ""}>
          <dt>{name}</dt>
          <dd>{value}{valid === false && <Icon name="warning" />}</dd>
        </div>
      ))}
    </dl>
  );
}

function Problems({ list }: { list: readonly string[] }) {
  const { say } = useStore();
  if (!list.length) return null;
  return (
    <>
      <h3>{say("problems")}</h3>
      <ul class="problems">{list.map((text) => <li key={text}>{text}</li>)}</ul>
    </>
  );
}
