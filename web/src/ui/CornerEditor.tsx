/** The photograph with four corners that can be dragged, or moved by arrow keys. */

import { useRef, useState } from "preact/hooks";
import type { Point, Quad } from "../pixels/image";
import type { Key } from "../i18n";
import type { Actions } from "./actions";
import { Icon } from "./icons";
import { Sight } from "./Sight";
import type { Sheet } from "./store";
import { useStore } from "./store";

const PLACES: readonly Key[] = ["topLeft", "topRight", "bottomRight", "bottomLeft"];
const MOVES: Readonly<Record<string, Point>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function CornerEditor({ sheet, actions }: { sheet: Sheet; actions: Actions }) {
  const { say } = useStore();
  const photo = sheet.photo!;
  const [quad, setQuad] = useState<Quad>(sheet.quad!);
  const [held, setHeld] = useState<number | null>(null);
  const frame = useRef<SVGSVGElement>(null);
  const unit = Math.max(photo.width, photo.height) / 100;

  const move = (index: number, x: number, y: number): void => {
    const point: Point = [Math.min(Math.max(x, 0), photo.width), Math.min(Math.max(y, 0), photo.height)];
    setQuad(quad.map((corner, k) => (k === index ? point : corner)) as unknown as Quad);
  };
  const dragged = (event: PointerEvent): void => {
    if (held === null || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    move(held, ((event.clientX - box.left) / box.width) * photo.width, ((event.clientY - box.top) / box.height) * photo.height);
  };
  const pressed = (event: KeyboardEvent, index: number): void => {
    const step = MOVES[event.key];
    if (!step) return;
    event.preventDefault();
    const far = event.shiftKey ? unit * 2.5 : unit / 4;
    move(index, quad[index][0] + step[0] * far, quad[index][1] + step[1] * far);
  };
  const outline = quad.map((p) => p.join(",")).join(" ");
  const hole = `M0 0H${photo.width}V${photo.height}H0Z M${quad.map((p) => p.join(" ")).join("L")}Z`;
  return (
    <div class="corner-editor">
      <div class="canvas-fit">
        <div class="fitted" style={{ aspectRatio: `${photo.width} / ${photo.height}`, "--ratio": photo.width / photo.height }}>
          <Sight shot={photo} alt="" />
          <svg
            ref={frame} viewBox={`0 0 ${photo.width} ${photo.height}`} onPointerMove={dragged} onPointerUp={() => setHeld(null)}
            onPointerCancel={() => setHeld(null)} role="group" aria-label={say("corners")}
          >
            <path d={hole} class="corner-shade" fill-rule="evenodd" />
            <polygon points={outline} class="corner-outline" />
            {quad.map(([x, y], k) => (
              <g key={k} class={`corner ${held === k ? "held" : ""}`}>
                <circle cx={x} cy={y} r={unit * 1.3} class="corner-dot" />
                <circle
                  cx={x} cy={y} r={unit * 4.5} class="corner-grip" tabindex={0} role="slider" data-testid={`corner-${k}`}
                  aria-label={say("corner", { n: k + 1, place: say(PLACES[k]) })} aria-valuenow={Math.round(x)} aria-valuemin={0}
                  aria-valuemax={photo.width} aria-valuetext={`${Math.round(x)}, ${Math.round(y)}`}
                  onKeyDown={(event) => pressed(event, k)}
                  onPointerDown={(event) => {
                    frame.current?.setPointerCapture(event.pointerId);
                    setHeld(k);
                  }}
                />
              </g>
            ))}
          </svg>
        </div>
      </div>
      <p class="quiet corner-help">{say("cornersHelp")}</p>
      <div class="bar">
        <button class="button" onClick={() => actions.keepWhole(sheet.id)}>{say("wholePicture")}</button>
        <button class="button primary" onClick={() => void actions.straighten(sheet.id, quad)}><Icon name="check" />{say("straighten")}</button>
      </div>
    </div>
  );
}
