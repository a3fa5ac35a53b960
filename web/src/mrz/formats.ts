/**
 * Layout of the machine-readable zone: ICAO Doc 9303, Machine Readable Travel Documents, 8th edition, parts 3 to 7; and of
 * the French identity card issued from 1988 to 2021, which has a layout of its own in the size of TD2.
 */

export const FILLER = "<";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";
export const CHARACTERS = DIGITS + LETTERS + FILLER;

/** Value of a character for check digits: digits their own, A to Z 10 to 35, the filler 0. */
export function valueOf(character: string): number {
  return character === FILLER ? 0 : CHARACTERS.indexOf(character);
}

/** Sum of the values weighted 7, 3, 1, 7, ..., modulo 10. */
export function checkDigit(text: string): number {
  return [...text].reduce((sum, c, i) => sum + valueOf(c) * [7, 3, 1][i % 3], 0) % 10;
}

/** Line, first column and the column after the last one, from 0. */
export type Span = readonly [line: number, start: number, end: number];

export interface Check {
  readonly name: string;
  readonly digit: Span;
  readonly covers: readonly Span[];
}

export interface Format {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly codes: string;
  readonly fields: Readonly<Record<string, Span>>;
  readonly checks: readonly Check[];
  /** What every zone of the layout begins with. */
  readonly begins?: string;
}

export function spanOf(lines: readonly string[], [line, start, end]: Span): string {
  return lines[line].slice(start, end);
}

function card(): Format {
  const number: Span = [0, 5, 14];
  const birth: Span = [1, 0, 6];
  const expiry: Span = [1, 8, 14];
  const optional2: Span = [1, 18, 29];
  return {
    name: "TD1",
    rows: 3,
    columns: 30,
    codes: "ACI",
    fields: {
      code: [0, 0, 2], country: [0, 2, 5], number, optional: [0, 15, 30], birth, sex: [1, 7, 8], expiry,
      nationality: [1, 15, 18], optional2, name: [2, 0, 30],
    },
    checks: [
      { name: "number", digit: [0, 14, 15], covers: [number] },
      { name: "birth", digit: [1, 6, 7], covers: [birth] },
      { name: "expiry", digit: [1, 14, 15], covers: [expiry] },
      { name: "composite", digit: [1, 29, 30], covers: [[0, 5, 30], [1, 0, 7], [1, 8, 15], optional2] },
    ],
  };
}

function twoLines(name: string, columns: number, codes: string): Format {
  const number: Span = [1, 0, 9];
  const birth: Span = [1, 13, 19];
  const expiry: Span = [1, 21, 27];
  const end = name === "TD2" ? 35 : name === "TD3" ? 42 : columns;
  const checks: Check[] = [
    { name: "number", digit: [1, 9, 10], covers: [number] },
    { name: "birth", digit: [1, 19, 20], covers: [birth] },
    { name: "expiry", digit: [1, 27, 28], covers: [expiry] },
  ];
  if (name === "TD3") checks.push({ name: "optional", digit: [1, 42, 43], covers: [[1, 28, 42]] });
  if (name === "TD2" || name === "TD3") {
    const covers: Span[] = [[1, 0, 10], [1, 13, 20], [1, 21, columns - 1]];
    checks.push({ name: "composite", digit: [1, columns - 1, columns], covers });
  }
  const fields = {
    code: [0, 0, 2], country: [0, 2, 5], name: [0, 5, columns], number, nationality: [1, 10, 13], birth,
    sex: [1, 20, 21], expiry, optional: [1, 28, end],
  } satisfies Record<string, Span>;
  return { name, rows: 2, columns, codes, fields, checks };
}

function frenchCard(): Format {
  const number: Span = [1, 0, 12];
  const birth: Span = [1, 27, 33];
  return {
    name: "IDFRA",
    rows: 2,
    columns: 36,
    codes: "I",
    fields: {
      code: [0, 0, 2], country: [0, 2, 5], name: [0, 5, 30], optional: [0, 30, 36], number, given: [1, 13, 27], birth,
      sex: [1, 34, 35],
    },
    checks: [
      { name: "number", digit: [1, 12, 13], covers: [number] },
      { name: "birth", digit: [1, 33, 34], covers: [birth] },
      { name: "composite", digit: [1, 35, 36], covers: [[0, 0, 36], [1, 0, 35]] },
    ],
    begins: "IDFRA",
  };
}

export const FORMATS: readonly Format[] = [
  card(), twoLines("TD2", 36, "ACI"), twoLines("TD3", 44, "P"), twoLines("MRV-A", 44, "V"), twoLines("MRV-B", 36, "V"),
  frenchCard(),
];

/** The characters that may stand at each place of a format. */
export function allowedAt(form: Format, line: number, column: number): string {
  const inside = ([row, start, end]: Span): boolean => row === line && column >= start && column < end;
  if (line === 0 && form.begins?.[column]) return form.begins[column];
  if (line === 0 && column === 0) return form.codes;
  if (form.checks.some((check) => inside(check.digit))) return DIGITS + FILLER;
  const field = Object.entries(form.fields).find(([, span]) => inside(span))?.[0] ?? "";
  if (["code", "country", "nationality", "name", "given"].includes(field)) return LETTERS + FILLER;
  if (field === "birth" || field === "expiry") return DIGITS + FILLER;
  return field === "sex" ? "FMX" + FILLER : CHARACTERS;
}
