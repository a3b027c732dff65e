/** Numbers in words, the same way everywhere on the page. Pure; no locale surprises. */
import type { Field } from '../rft/configTable.ts';
import type { MetricFormat } from '../session/metricTable.ts';

/** U+202F, a narrow space that does not break. */
const THIN = '\u202f';
const MINUS = '\u2212';

/** `-0.5` with a real minus sign. */
const signed = (text: string): string => text.replace('-', MINUS);

/** 0.934 -> `93 %`; below 10 % with one decimal when `decimals` asks for it. */
export function share(value: number, decimals = 0): string {
  return `${(value * 100).toFixed(decimals)}${THIN}%`;
}

/** 61234 -> `61.2k`. */
export function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value >= 1e7 ? 0 : 1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)}k`;
  return String(Math.round(value));
}

/** To two figures, `98k`, `1.2M`: for what is only known about. */
export function roughCount(value: number): string {
  const text = (unit: number): string => String(Number((value / unit).toPrecision(2)));
  return value < 1e3 ? text(1) : value < 1e6 ? `${text(1e3)}k` : `${text(1e6)}M`;
}

/** Seconds as `3.1 s`, `2 min 05 s`, `1 h 12 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)}${THIN}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${THIN}s`;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (whole < 3600) {
    return `${Math.floor(whole / 60)}${THIN}min ${two(whole % 60)}${THIN}s`;
  }
  return `${Math.floor(whole / 3600)}${THIN}h ${two(Math.floor((whole % 3600) / 60))}${THIN}min`;
}

/** Bytes as `1.8 MB`; decimal, as browsers and disks count. */
export function bytes(value: number): string {
  if (value < 1e6) return `${(value / 1e3).toFixed(0)}${THIN}kB`;
  if (value < 1e9) return `${(value / 1e6).toFixed(1)}${THIN}MB`;
  return `${(value / 1e9).toFixed(1)}${THIN}GB`;
}

/** Bytes to two figures, `210 MB`: for what is only known about. */
export function roughBytes(value: number): string {
  const unit = value < 1e9 ? 1e6 : 1e9;
  const text = String(Number((value / unit).toPrecision(2)));
  return `${text}${THIN}${unit === 1e6 ? 'MB' : 'GB'}`;
}

/** Short and exact enough for a setting: 0.0003 -> `3e-4`. */
export function setting(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential().replace('e+', 'e');
  return String(value);
}

/** A setting's value as the form shows it: a choice by its label, a flag as on or off. */
export function settingText(field: Field, value: string | number | boolean): string {
  if (typeof value === 'number') return setting(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (field.kind !== 'choice') return value;
  return field.choices.find((choice) => choice.value === value)?.label ?? value;
}

/** `+1.32`, `−0.80`, `0.00`. */
export function advantage(value: number): string {
  const text = value.toFixed(2);
  if (Number(text) === 0) return '0.00';
  return signed(value > 0 ? `+${text}` : text);
}

/** A number with so many decimals and a real minus sign. */
export const signedNumber = (value: number, decimals: number): string =>
  signed(value.toFixed(decimals));

const formats: Record<MetricFormat, (value: number) => string> = {
  share: (value) => share(value, 1),
  number: (value) => signed(Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2)),
  count,
  seconds: (value) => `${value.toFixed(2)}${THIN}s`,
  small: (value) =>
    signed(value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(1) : value.toFixed(3)),
};

/** A metric's value; a dash for one that was not measured. */
export function metric(format: MetricFormat, value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : formats[format](value);
}

/** An ISO time as its day, `2026-11-23`; the same in every time zone. */
export const day = (iso: string): string => iso.slice(0, 10);
