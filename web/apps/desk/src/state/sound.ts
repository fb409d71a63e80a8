import { sound } from "./settings";

// Browsers allow sound only after the first key or click.
let context: AudioContext | undefined;
const unlock = (): void => {
  context ??= new AudioContext();
  void context.resume();
};
window.addEventListener("pointerdown", unlock, { once: true });
window.addEventListener("keydown", unlock, { once: true });

// Two soft notes, a fourth apart.
export function ring_softly(): void {
  if (sound.value === "off" || !context || context.state !== "running") return;
  const start = context.currentTime;
  [587.3, 784].forEach((pitch, index) => {
    if (!context) return;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    const at = start + index * 0.14;
    tone.frequency.value = pitch;
    tone.type = "sine";
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.06, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0005, at + 0.45);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.5);
  });
}
