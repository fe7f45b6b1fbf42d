/** Names of what draws WebGL on the CPU, in ANGLE, Mesa, Windows, macOS and as Firefox rounds them. */
const software = /swiftshader|llvmpipe|lavapipe|softpipe|swrast|software|basic render|\bwarp\b|gdi generic/i;

/** Whether a WebGL renderer of this name takes its pixels from the CPU, which the guest needs. */
export function isSoftwareRenderer(name: string): boolean {
  return software.test(name);
}

/** Whether a GPU draws WebGL here. */
export function hasGpu(): boolean {
  const gl = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  // `failIfMajorPerformanceCaveat` lets SwiftShader and llvmpipe pass.
  const name = rendererName(gl);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return !isSoftwareRenderer(name);
}

/** Firefox names it plainly, and warns of the extension that the others need. */
function rendererName(gl: WebGL2RenderingContext): string {
  const plain = String(gl.getParameter(gl.RENDERER));
  if (plain !== "WebKit WebGL") return plain;
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : plain;
}
