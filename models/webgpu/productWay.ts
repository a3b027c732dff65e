/**
 * Which way of the matrix products is the faster one on a device, in one table by class of device.
 * Software adapters emulate workgroup memory and barriers at a great price (SwiftShader on 2 cores,
 * 2026-11-24, [4096,96]·[96,288]: direct 1.5, tiled 0.3 GFLOP/s). On an H200 tiles are 1.3 to 2.2
 * times as fast (10.7 against 5.5 TFLOP/s of that product); `npm run bench -- webgpu` prints both.
 */

export type DeviceClass = 'software' | 'gpu';
export type ProductWay = 'direct' | 'tiled';

const ways: Record<DeviceClass, ProductWay> = { software: 'direct', gpu: 'tiled' };

/** Software adapters, by the names they give themselves. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render driver|warp/i;

/** Whether a device of this name computes on the CPU. */
export const isSoftware = (name: string): boolean => softwareNames.test(name);

/** By what the device's adapter says of itself. */
export function classOf(gpu: GPUDevice): DeviceClass {
  // Typed as always there, but missing in older browsers.
  const info = (gpu as { adapterInfo?: GPUAdapterInfo }).adapterInfo;
  const name = [info?.vendor, info?.architecture, info?.device, info?.description].join(' ');
  return isSoftware(name) ? 'software' : 'gpu';
}

let forced: ProductWay | undefined;

/** For tests and benchmarks: this way on every device; undefined: the device's own. */
export function forceProductWay(way: ProductWay | undefined): void {
  forced = way;
}

export const productWayOf = (device: GPUDevice): ProductWay => forced ?? ways[classOf(device)];
