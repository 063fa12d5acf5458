// Reads QR codes from the camera: by the browser's own detector, else by the decoder beside us.

const EVERY = 120; // milliseconds between two looks
const PATIENCE = 4000; // milliseconds for one look
const SIDE = 720; // pixels of the square that the decoder is shown

export class Camera {
  constructor(video, onText) {
    this.video = video;
    this.onText = onText;
    this.canvas = document.createElement("canvas");
    this.canvas.width = this.canvas.height = SIDE;
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  // false where there is no camera, or it is not ours to use.
  async start() {
    if (!(await this.open())) return false;
    document.addEventListener("visibilitychange", () => document.hidden || this.wake());
    this.read = (await ownDetector()) ?? bundledDecoder();
    this.look();
    return true;
  }

  async open() {
    try {
      this.video.srcObject = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      await this.video.play();
    } catch {
      return false; // none, not allowed, or not on https
    }
    this.stayAwake();
    return true;
  }

  // A phone that was locked may have taken both the camera and the promise to stay awake.
  wake() {
    const tracks = this.video.srcObject?.getVideoTracks() ?? [];
    if (tracks.some((track) => track.readyState === "live")) this.stayAwake();
    else this.open();
  }

  stayAwake() {
    navigator.wakeLock?.request("screen").catch(() => {});
  }

  async look() {
    try {
      if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !document.hidden) {
        this.square();
        const text = await this.read(this.canvas, this.context);
        if (text) this.onText(text);
      }
    } finally {
      setTimeout(() => this.look(), EVERY);
    }
  }

  // What people see in the frame is what is read: the middle of the picture.
  square() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    this.context.drawImage(
      this.video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE,
    );
  }
}

async function ownDetector() {
  try {
    const formats = await globalThis.BarcodeDetector?.getSupportedFormats();
    if (!formats?.includes("qr_code")) return null;
    const detector = new globalThis.BarcodeDetector({ formats: ["qr_code"] });
    let reserve = null;
    return async (canvas, context) => {
      if (reserve) return reserve(canvas, context);
      try {
        const [found] = await Promise.race([detector.detect(canvas), tooLate()]);
        return found?.rawValue;
      } catch {
        reserve = bundledDecoder(); // it is named, but does not work on this device
        return undefined;
      }
    };
  } catch {
    return null;
  }
}

const tooLate = () => new Promise((_, reject) => setTimeout(reject, PATIENCE));

// In a worker, so that a slow phone still reacts to taps while it reads. One that falls silent
// is replaced.
function bundledDecoder() {
  const begin = () => new Worker(new URL("decode.js", import.meta.url), { type: "module" });
  let worker = begin();
  return (canvas, context) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        worker.terminate();
        worker = begin();
        resolve(undefined);
      }, PATIENCE);
      worker.onmessage = worker.onerror = (message) => {
        clearTimeout(timer);
        resolve(message.data);
      };
      const { data } = context.getImageData(0, 0, SIDE, SIDE);
      worker.postMessage({ data, width: SIDE, height: SIDE }, [data.buffer]);
    });
}
