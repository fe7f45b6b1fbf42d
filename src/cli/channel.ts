import { lstatSync, unlinkSync } from "node:fs";
import { createServer, connect, type Server, Socket } from "node:net";
import { messageOf, UserError } from "../base/index.ts";
import { BaseChannel, type Channel, LARGEST_BACKLOG } from "./base-channel.ts";
import type { CharDevice } from "./chardev.ts";
import { FileChannel } from "./file-channel.ts";
import { TELNET_HELLO, TelnetDecoder } from "./telnet.ts";

export type { Channel };

class NullChannel extends BaseChannel {
  write(): void {}
}

class StdioChannel extends BaseChannel {
  override readonly interactive = process.stdin.isTTY === true;

  constructor() {
    super();
    if (this.interactive) process.stdin.setRawMode(true);
    process.stdin.on("data", (bytes: Buffer) => this.receive(bytes));
    // A reader that has gone must not take the machine along.
    process.stdout.on("error", () => {});
    process.stdin.on("error", () => {});
  }

  write(bytes: Uint8Array): void {
    if (process.stdout.writableLength < LARGEST_BACKLOG) process.stdout.write(bytes);
  }
  override async close(): Promise<void> {
    if (this.interactive) process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}

class SocketChannel extends BaseChannel {
  private socket: Socket | undefined;
  private next: Socket | undefined;
  server: Server | undefined;
  override readonly interactive: boolean;

  constructor(private readonly telnet: boolean) {
    super();
    this.interactive = telnet;
  }

  override get connected(): boolean {
    return this.socket !== undefined;
  }

  /** One client at a time: another one waits until this one has gone, as with QEMU; a third is turned away. */
  attach(socket: Socket): void {
    socket.on("error", () => {});
    if (this.socket) {
      if (this.next && !this.next.destroyed) socket.end();
      else this.next = socket;
      return;
    }
    this.socket = socket;
    socket.setNoDelay(true);
    const decoder = this.telnet ? new TelnetDecoder() : undefined;
    socket.on("data", (bytes) => {
      for (const piece of decoder?.decode(bytes) ?? [bytes]) this.receive(piece);
    });
    socket.on("end", () => void (this.onEnd?.() ?? Promise.resolve()).then(() => socket.end()));
    socket.on("close", () => this.gone(socket));
    if (this.telnet) socket.write(TELNET_HELLO);
    this.onConnect?.();
  }

  private gone(socket: Socket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    this.onDisconnect?.();
    const { next } = this;
    this.next = undefined;
    if (next && !next.destroyed) this.attach(next);
  }

  write(bytes: Uint8Array): void {
    if (this.socket && this.socket.writableLength < LARGEST_BACKLOG) this.socket.write(bytes);
  }
  override hangUp(): void {
    this.socket?.destroy();
  }
  override async close(): Promise<void> {
    this.server?.close();
    this.next?.destroy();
    const { socket } = this;
    if (socket && !socket.destroyed) await new Promise<void>((resolve) => socket.end(resolve));
  }
}

/** Opens a device. Resolves once it can be written to, or, with `wait`, once someone has connected. */
export async function openChannel(device: CharDevice, say: (line: string) => void): Promise<Channel> {
  switch (device.kind) {
    case "null":
      return new NullChannel();
    case "stdio":
      return new StdioChannel();
    case "file":
      return new FileChannel(device.path, say);
    case "socket":
      return openSocket(device, say);
  }
}

async function openSocket(
  device: Extract<CharDevice, { kind: "socket" }>,
  say: (line: string) => void,
): Promise<Channel> {
  const channel = new SocketChannel(device.telnet);
  const { address } = device;
  const name =
    "path" in address ? address.path : "fd" in address ? `fd ${address.fd}` : `${address.host}:${address.port}`;
  const target = "host" in address ? { host: address.host || "127.0.0.1", port: address.port } : address;
  if (!device.server) {
    channel.attach("fd" in target ? inherited(target.fd) : await dial(target, name));
    return channel;
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => channel.attach(socket));
  channel.server = server;
  if ("path" in target) removeSocket(target.path);
  server.listen(target);
  await settled(server, "listening", `could not listen on ${name}`);
  if (!device.wait) return channel;
  say(`waiting for a connection on ${name}`);
  await new Promise<void>((resolve) => (channel.onConnect = resolve));
  return channel;
}

/** What a process that was killed has left behind; as QEMU does, without asking whether it has gone. */
function removeSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) unlinkSync(path);
}

async function dial(target: { host: string; port: number } | { path: string }, name: string): Promise<Socket> {
  const socket = connect({ ...target, allowHalfOpen: true });
  await settled(socket, "connect", `could not connect to ${name}`);
  return socket;
}

/** A socket that the parent process opened for us: QEMU's Python harness talks this way. */
function inherited(fd: number): Socket {
  try {
    return new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
  } catch (error) {
    throw new UserError(`fd ${fd} is no socket: ${messageOf(error)}`);
  }
}

function settled(emitter: Server | Socket, event: string, complaint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new UserError(`${complaint}: ${error.message}`));
    emitter.once("error", failed);
    emitter.once(event, () => {
      emitter.off("error", failed);
      resolve();
    });
  });
}
