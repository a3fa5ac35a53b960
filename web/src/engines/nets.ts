/** The models of one language: loaded when they are first needed, run by whatever runs nets. */

import type { Frames, Pipeline, ReadingNets, Role } from "../reading/pipeline";
import { charsetOf } from "../reading/pipeline";
import type { CornerNets } from "../scanning/corners";
import { fetched } from "./fetching";

/** A loaded model: named inputs of one tensor in, named tensors out. */
export interface Model {
  /** How many runs may be asked for at once; one, if it is not said. */
  readonly lanes?: number;
  run(input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Tensor>>>;
}

export interface Tensor {
  readonly data: Float32Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

/** Makes a model of the bytes of its file. */
export type Loader = (bytes: Uint8Array, role: Role) => Promise<Model>;

/** The bytes of a file; hears how many have come. */
export type Fetch = (url: string, came?: (bytes: number) => void) => Promise<Uint8Array>;

export class Nets implements ReadingNets, CornerNets {
  private readonly models = new Map<Role, Promise<Model>>();

  private constructor(
    private readonly base: string,
    private readonly load: Loader,
    private readonly fetch: Fetch,
    readonly pipeline: Pipeline,
    readonly charset: readonly string[],
  ) {}

  /** Opens the folder of an export; loads the models of ``first``, those that reading needs. */
  static async open(
    base: string, load: Loader, progress: (share: number) => void, fetch: Fetch = fetched, first: readonly Role[] = ["detector", "recognizer"],
  ): Promise<Nets> {
    const said = JSON.parse(new TextDecoder().decode(await fetch(`${base}/pipeline.json`))) as Pipeline;
    const charset = charsetOf(new TextDecoder().decode(await fetch(`${base}/${said.charset}`)));
    const nets = new Nets(base, load, fetch, said, charset);
    const bytes = first.reduce((sum, role) => sum + (said.models[role]?.bytes ?? 0), 0);
    let came = 0;
    await Promise.all(
      first.map((role) =>
        nets.model(role, (n) => {
          came += n;
          progress(Math.min(1, came / Math.max(bytes, 1)));
        }),
      ),
    );
    return nets;
  }

  has(role: Role): boolean {
    return role in this.pipeline.models;
  }

  private model(role: Role, came?: (bytes: number) => void): Promise<Model> {
    let model = this.models.get(role);
    if (!model) {
      model = this.fetch(`${this.base}/${this.pipeline.models[role]!.file}`, came).then((bytes) => this.load(bytes, role));
      model.catch(() => this.models.delete(role));
      this.models.set(role, model);
    }
    return model;
  }

  async run(role: Role, input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Tensor>>> {
    return (await this.model(role)).run(input, shape);
  }

  async map(input: Float32Array, width: number, height: number): Promise<Float32Array> {
    return (await this.run("detector", input, [1, 1, height, width])).map.data as Float32Array;
  }

  async lanes(): Promise<number> {
    return (await this.model("recognizer")).lanes ?? 1;
  }

  lines(input: Float32Array, count: number, height: number, width: number): Promise<Frames> {
    return this.framesOf("recognizer", input, count, height, width);
  }

  async framesOf(role: Role, input: Float32Array, count: number, height: number, width: number): Promise<Frames> {
    const { classes, probabilities } = await this.run(role, input, [count, 1, height, width]);
    return {
      classes: Int32Array.from(classes.data as ArrayLike<number>, Number),
      probabilities: probabilities.data as Float32Array,
      frames: classes.shape[0],
    };
  }

  async upsideDown(input: Float32Array, count: number): Promise<Float32Array> {
    return (await this.run("orientation", input, [count, 1, 32, 256])).upside_down.data as Float32Array;
  }

  async whole(input: Float32Array): Promise<{ page: Float32Array; presence: number }> {
    const { page, presence } = await this.run("corners", input, [1, 3, 192, 192]);
    return { page: page.data as Float32Array, presence: (presence.data as Float32Array)[0] };
  }

  async corner(input: Float32Array): Promise<Float32Array> {
    return (await this.run("corners-refine", input, [1, 3, 96, 96])).heat.data as Float32Array;
  }

  /** Planes of colour, 0..1, to those on white paper. */
  async whiten(planes: Float32Array, width: number, height: number): Promise<Float32Array> {
    return (await this.run("whiten", planes, [1, 3, height, width])).result.data as Float32Array;
  }
}
