/** Buttons that take photographs and open files. */

import { useRef, useState } from "preact/hooks";
import { Fault } from "../engines/engine";
import type { Actions } from "./actions";
import { Camera } from "./Camera";
import { Icon } from "./icons";
import { useStore } from "./store";

const KINDS = "image/*,application/pdf,.pdf,.heic,.heif,.avif";

export function OpenButtons({ actions, small = false }: { actions: Actions; small?: boolean }) {
  const { say } = useStore();
  const capture = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);

  const chosen = (input: HTMLInputElement): void => {
    const list = [...(input.files ?? [])];
    input.value = "";
    void actions.open(list);
  };
  /** Phones have a camera program behind the file field; elsewhere the camera is shown here. */
  const photograph = (): void => {
    if (matchMedia("(pointer: coarse)").matches) capture.current?.click();
    else if (navigator.mediaDevices) setCamera(true);
    else actions.tell(new Fault("cameraNone"));
  };
  return (
    <div class={small ? "open-buttons small" : "open-buttons"}>
      <button class="button primary" onClick={photograph}><Icon name="camera" />{say("photograph")}</button>
      <button class="button" onClick={() => files.current?.click()}><Icon name="folder" />{say(small ? "addPage" : "open")}</button>
      <input
        ref={capture} class="sr" type="file" accept="image/*" capture="environment" tabIndex={-1} aria-hidden="true"
        onChange={(event) => chosen(event.currentTarget)}
      />
      <input
        ref={files} class="sr" data-testid="files" type="file" accept={KINDS} multiple tabIndex={-1} aria-hidden="true"
        onChange={(event) => chosen(event.currentTarget)}
      />
      {camera && (
        <Camera
          close={() => setCamera(false)}
          took={(file) => {
            setCamera(false);
            void actions.open([file]);
          }}
          refused={(key) => {
            setCamera(false);
            actions.tell(new Fault(key));
          }}
        />
      )}
    </div>
  );
}
