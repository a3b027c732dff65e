/**
 * What kind of device this is, known at once and without asking for an adapter: it decides which
 * size of base policy a recipe starts with. Only a guess about comfort, never about what runs.
 */
import type { DeviceClass } from '../rft/taskRecipes.ts';

/** What a browser tells of itself. */
export interface DeviceSigns {
  /** The main pointer is a finger. */
  coarse: boolean;
  /** The shorter side of the screen is that of a phone or a small tablet. */
  narrow: boolean;
  /** navigator.userAgentData.mobile; undefined where there is none. */
  mobile: boolean | undefined;
  gpu: boolean;
}

export function deviceClassOf({ coarse, narrow, mobile, gpu }: DeviceSigns): DeviceClass {
  return { handheld: mobile === true || (coarse && narrow), webgpu: gpu };
}

/** CSS pixels; the shorter side of a tablet that is used like a phone. */
const NARROW = 834;

/** This browser's class. */
export function deviceClass(): DeviceClass {
  const { userAgentData } = navigator as { userAgentData?: { mobile?: boolean } };
  return deviceClassOf({
    coarse: matchMedia('(pointer: coarse)').matches,
    narrow: Math.min(screen.width, screen.height) <= NARROW,
    mobile: userAgentData?.mobile,
    gpu: 'gpu' in navigator,
  });
}
