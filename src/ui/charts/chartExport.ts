/**
 * Saves a chart as a file, in the theme that is on: SVG as written, PNG painted from that same SVG
 * at twice its size, CSV with what was measured. Needs the browser.
 */
import { metricCsv } from '../../session/metricCsv.ts';
import { download } from '../download.ts';
import { chartPicture, type PictureInput } from './chartPicture.ts';
import { chartSvg, svgHeight, SVG_WIDTH } from './chartSvg.ts';

const PNG_SCALE = 2;

export type ChartToSave = Omit<PictureInput, 'colour'>;

function pictureNow(chart: ChartToSave): ReturnType<typeof chartPicture> {
  const style = getComputedStyle(document.documentElement);
  return chartPicture({ ...chart, colour: (name) => style.getPropertyValue(name).trim() });
}

/** Paints an SVG document; the picture comes from a local address, nothing is requested. */
async function paint(svg: string, width: number, height: number): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image(width, height);
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = width * PNG_SCALE;
    canvas.height = height * PNG_SCALE;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (blob === null) throw new Error('internal: the canvas gave no picture');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}

const writers = {
  PNG: (chart: ChartToSave) => {
    const picture = pictureNow(chart);
    return paint(chartSvg(picture), SVG_WIDTH, svgHeight(picture));
  },
  SVG: (chart: ChartToSave) => new Blob([chartSvg(pictureNow(chart))], { type: 'image/svg+xml' }),
  CSV: async ({ frame, lines }: ChartToSave) => {
    const keys = [...new Set(lines.map(({ key }) => key))];
    return new Blob([await metricCsv(frame.rows, keys)], { type: 'text/csv' });
  },
} as const;

export type ChartFileType = keyof typeof writers;

export async function saveChart(type: ChartFileType, chart: ChartToSave): Promise<void> {
  download(`${chart.def.id}.${type.toLowerCase()}`, await writers[type](chart));
}
