/** The camera of a computer, in a dialog. */

import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import { useStore } from "./store";

interface Props {
  took(file: File): void;
  refused(key: "cameraRefused" | "cameraNone"): void;
  close(): void;
}

export function Camera({ took, refused, close }: Props) {
  const { say } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    dialog.current?.showModal();
    navigator.mediaDevices
      .getUserMedia({ video: { facingMode: "environment", width: { ideal: 3840 }, height: { ideal: 2160 } } })
      .then((opened) => {
        stream = opened;
        if (gone) stop();
        else if (video.current) video.current.srcObject = opened;
      })
      .catch((error: DOMException) => refused(error.name === "NotAllowedError" ? "cameraRefused" : "cameraNone"));
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    return () => {
      gone = true;
      stop();
    };
  }, []);

  const shoot = (): void => {
    const source = video.current;
    if (!source?.videoWidth) return;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [source.videoWidth, source.videoHeight];
    canvas.getContext("2d")?.drawImage(source, 0, 0);
    canvas.toBlob((blob) => blob && took(new File([blob], "photo.jpg", { type: "image/jpeg" })), "image/jpeg", 0.92);
  };
  return (
    <dialog ref={dialog} class="camera" aria-label={say("camera")} onClose={close}>
      <video ref={video} autoplay muted playsInline />
      <div class="camera-bar">
        <button class="button" onClick={close}>{say("dismiss")}</button>
        <button class="shutter" aria-label={say("shutter")} onClick={shoot}><Icon name="camera" /></button>
        <span />
      </div>
    </dialog>
  );
}
