/** From lines as they were read to the fields of a machine-readable zone, with its check digits. */

import { type Check, FILLER, FORMATS, type Format, allowedAt, checkDigit, spanOf, valueOf } from "./formats";
import { STATES } from "./states";

export interface Zone {
  readonly format: string;
  readonly type: string;
  readonly country: string;
  readonly surname: string;
  readonly given_names: string;
  readonly number: string;
  readonly nationality: string;
  readonly birth: string;
  readonly sex: string;
  readonly expiry: string;
  readonly optional: string;
  readonly lines: readonly string[];
  readonly checks: Readonly<Record<string, boolean>>;
  readonly valid: boolean;
  /** Fields that the picture does not show clearly, or whose code no state has: (line, column) of their characters, from 1. */
  readonly unclear: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Probability that all characters are those that the picture shows. */
  readonly confidence: number;
}

/** Shapes that one character is mistaken for another by, where the format allows only the one. */
const ALIKE: Readonly<Record<string, string>> = {
  O: "0", Q: "0", D: "0", I: "1", L: "1", Z: "2", S: "5", G: "6", B: "8", "0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B",
};

/** The characters of a zone in a line as it was read, without spaces. */
export function zoneText(text: string): string {
  return text.toUpperCase().replace(/[«‹≤(\[{]/g, FILLER).replace(/[^0-9A-Z<]/g, "");
}

/** A line of a zone has at least so many characters, and a filler. */
export function mayBelong(text: string): boolean {
  const plain = zoneText(text);
  return plain.length >= 24 && plain.length <= 52 && (plain.includes(FILLER) || /\d{6}/.test(plain)) && !/[a-z]{3}/.test(text);
}

/** The line with the format's number of characters: only fillers at its end are added or dropped. */
function fitted(text: string, columns: number): string | null {
  if (text.length === columns) return text;
  if (text.length < columns) return /<[A-Z0-9]?$/.test(text) && !/<<$/.test(text) ? null : text.endsWith(FILLER) ? text.padEnd(columns, FILLER) : null;
  const extra = text.length - columns;
  const run = /<{2,}(?=[0-9]?$)/.exec(text);
  if (!run || run[0].length <= extra) return null;
  return text.slice(0, run.index) + text.slice(run.index + extra);
}

function placed(form: Format, texts: readonly string[]): string[] | null {
  const lines: string[] = [];
  for (const [row, text] of texts.entries()) {
    const line = fitted(text, form.columns);
    if (line === null) return null;
    let out = "";
    for (const [column, character] of [...line].entries()) {
      const allowed = allowedAt(form, row, column);
      const other = ALIKE[character];
      if (allowed.includes(character)) out += character;
      else if (other && allowed.includes(other)) out += other;
      else return null;
    }
    lines.push(out);
  }
  return lines;
}

export interface ReadLine {
  readonly text: string;
  readonly confidence: number;
}

/** The zone in lines of a page, from top to bottom; null if there is none. */
export function findZone(lines: readonly ReadLine[], today = new Date()): Zone | null {
  const candidates = lines.map((line) => ({ ...line, text: zoneText(line.text) }));
  let best: Zone | null = null;
  for (const form of FORMATS) {
    for (let first = 0; first + form.rows <= candidates.length; first++) {
      const rows = candidates.slice(first, first + form.rows);
      const texts = placed(form, rows.map((row) => row.text));
      if (!texts) continue;
      const zone = parsed(form, texts, rows.reduce((product, row) => product * row.confidence, 1), today);
      // Of two layouts of the same size the one that says what it begins with is the closer one.
      if (!best || holding(zone) > holding(best) || (form.begins && holding(zone) === holding(best))) best = zone;
    }
  }
  return best && (holding(best) > 0 || best.lines[0].includes("<<")) ? best : null;
}

function holding(zone: Zone): number {
  const all = Object.values(zone.checks);
  return all.filter(Boolean).length / all.length;
}

function parsed(form: Format, lines: readonly string[], confidence: number, today: Date): Zone {
  const part = (name: string): string => (form.fields[name] ? spanOf(lines, form.fields[name]) : "");
  const { number, optional, holds } = documentNumber(form, lines);
  const checks: Record<string, boolean> = {};
  for (const check of form.checks) checks[check.name] = digitHolds(check, lines);
  checks.number = holds;
  const expiry = dateOf(part("expiry"), expiryYear(part("expiry"), today));
  const dated = !!expiry || !form.fields.expiry;
  const birth = dateOf(part("birth"), birthYear(part("birth"), today, expiry));
  const unclear = withoutState(form, lines);
  const [surname, others] = splitName(part("name"));
  return {
    format: form.name,
    type: plain(part("code")),
    country: plain(part("country")),
    surname,
    given_names: form.fields.given ? plain(part("given")) : others,
    number,
    nationality: plain(part("nationality")),
    birth,
    sex: "MF".includes(part("sex")) ? part("sex") : "X",
    expiry,
    optional: [optional, part("optional2").replace(/^<+|<+$/g, "")].filter(Boolean).join(" "),
    lines,
    checks,
    valid: Object.values(checks).every(Boolean) && !!birth && dated && !Object.keys(unclear).length && confidence >= 0.5,
    unclear,
    confidence,
  };
}

/** Fields for a state whose code no state or organisation has, with the places of their characters. */
function withoutState(form: Format, lines: readonly string[]): Record<string, number[][]> {
  const wrong = ["country", "nationality"].filter((name) => form.fields[name] && !STATES.has(spanOf(lines, form.fields[name]).replace(/<+$/, "")));
  return Object.fromEntries(
    wrong.map((name) => {
      const [line, start, end] = form.fields[name];
      return [name, Array.from({ length: end - start }, (_, k) => [line + 1, start + k + 1])];
    }),
  );
}

function digitHolds(check: Check, lines: readonly string[]): boolean {
  return valueOf(spanOf(lines, check.digit)) === checkDigit(check.covers.map((span) => spanOf(lines, span)).join(""));
}

/** A number of more than nine characters continues in the optional data, followed by its check digit. */
function documentNumber(form: Format, lines: readonly string[]): { number: string; optional: string; holds: boolean } {
  const number = spanOf(lines, form.fields.number);
  const optional = spanOf(lines, form.fields.optional).replace(/<+$/, "");
  const check = form.checks.find((one) => one.name === "number")!;
  const [rest, ...others] = optional.split(FILLER);
  const long = ["TD1", "TD2"].includes(form.name) && spanOf(lines, check.digit) === FILLER && !number.includes(FILLER);
  if (long && rest.length > 1) {
    const whole = number + rest.slice(0, -1);
    return { number: whole, optional: others.join(FILLER), holds: valueOf(rest.slice(-1)) === checkDigit(whole) };
  }
  return { number: number.replace(/<+$/, ""), optional, holds: digitHolds(check, lines) };
}

function plain(text: string): string {
  return text.replace(/</g, " ").trim().replace(/\s+/g, " ");
}

function splitName(text: string): [string, string] {
  const at = text.indexOf("<<");
  return at < 0 ? [plain(text), ""] : [plain(text.slice(0, at)), plain(text.slice(at + 2))];
}

/** The year nearest to today. */
function expiryYear(text: string, today: Date): number {
  if (!/^\d\d/.test(text)) return 0;
  const now = today.getFullYear();
  const year = Number(text.slice(0, 2)) + Math.floor(now / 100) * 100;
  return year + 100 * Math.floor((now - year + 50) / 100);
}

/** The latest year that is neither in the future nor after the expiry of the document. */
function birthYear(text: string, today: Date, expiry: string): number {
  if (!/^\d\d/.test(text)) return 0;
  const now = today.toISOString().slice(0, 10);
  const last = expiry && expiry < now ? expiry : now;
  const year = Number(text.slice(0, 2)) + Math.floor(Number(last.slice(0, 4)) / 100) * 100;
  const born = `${year}-${text.slice(2, 4)}-${text.slice(4, 6)}`;
  return born.slice(0, last.length) > last ? year - 100 : year;
}

/** ``YYYY-MM-DD``, without what is unknown; empty if it is no date. */
function dateOf(text: string, year: number): string {
  const known = text.replace(/<+$/, "");
  if (!year || !/^\d+$/.test(known) || known.length % 2) return "";
  const [month, day] = [known.slice(2, 4), known.slice(4, 6)];
  const made = new Date(Date.UTC(year, Number(month || "1") - 1, Number(day || "1")));
  if (made.getUTCMonth() !== Number(month || "1") - 1 || made.getUTCDate() !== Number(day || "1")) return "";
  return [String(year), month, day].filter(Boolean).join("-");
}
