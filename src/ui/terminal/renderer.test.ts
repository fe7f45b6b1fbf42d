import { expect, it } from "vitest";
import { isSoftwareRenderer } from "./renderer.ts";

it.each([
  "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero) (0x0000C0DE)), SwiftShader driver)",
  "Google SwiftShader",
  "ANGLE (Mesa, llvmpipe (LLVM 15.0.6 256 bits), OpenGL 4.5)",
  "llvmpipe, or similar",
  "softpipe",
  "ANGLE (Microsoft, Microsoft Basic Render Driver (0x0000008C) Direct3D11 vs_5_0 ps_5_0, D3D11)",
  "Microsoft Basic Render Driver, or similar",
  "Apple Software Renderer",
  "Mesa X11 Software Rasterizer",
  "GDI Generic",
])("%s draws on the CPU", (name) => expect(isSoftwareRenderer(name)).toBe(true));

it.each([
  "ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)",
  "ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)",
  "Intel(R) HD Graphics, or similar",
  "NVIDIA GeForce GTX 980, or similar",
  "AMD Radeon RX 580 (polaris10, LLVM 15.0.6, DRM 3.49)",
  "Apple GPU",
  "Apple M1",
  "Adreno (TM) 640",
  "Mali-G78",
  "WebKit WebGL",
])("%s is a GPU", (name) => expect(isSoftwareRenderer(name)).toBe(false));
