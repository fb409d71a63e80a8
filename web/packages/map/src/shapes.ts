import type { Light } from "@chengge/model";
import type { Colours } from "./colours";

// The lights as pictures for the map, each with its halo: a yellow triangle alone is too pale on land.
const size = 40;

const outlines: Record<Light, (pen: CanvasRenderingContext2D) => void> = {
  green: (pen) => pen.arc(20, 20, 11, 0, Math.PI * 2),
  yellow: (pen) => {
    pen.moveTo(20, 7);
    pen.lineTo(33, 31);
    pen.lineTo(7, 31);
    pen.closePath();
  },
  red: (pen) => pen.rect(10, 10, 20, 20),
  paused: (pen) => {
    pen.rect(11, 10, 7, 20);
    pen.rect(22, 10, 7, 20);
  },
  none: (pen) => pen.arc(20, 20, 9, 0, Math.PI * 2),
};

export function light_images(colours: Colours): { name: string; image: ImageData }[] {
  const fills: Record<Light, string> = {
    green: colours["green-fill"],
    yellow: colours["yellow-fill"],
    red: colours["red-fill"],
    paused: colours["paused-fill"],
    none: colours.control,
  };
  return (Object.keys(fills) as Light[]).map((light) => {
    const canvas = document.createElement("canvas");
    canvas.width = size;
    canvas.height = size;
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("no 2d canvas");
    pen.beginPath();
    outlines[light](pen);
    pen.lineJoin = "round";
    pen.lineWidth = 6;
    pen.strokeStyle = colours["map-halo"];
    pen.stroke();
    pen.fillStyle = fills[light];
    pen.fill();
    return { name: `light-${light}`, image: pen.getImageData(0, 0, size, size) };
  });
}
