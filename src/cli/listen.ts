import type { Server, Socket } from "node:net";
import { UserError } from "../base/index.ts";

/** Resolves when the server listens. Rejects with a UserError when the port cannot be had. */
export function listenOn(server: Server, host: string, port: number, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "address already in use" : error.message;
      reject(new UserError(`cannot listen for ${what} on port ${port}: ${why}`));
    });
    server.listen({ host, port }, resolve);
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** A connection for short messages, among its server's until it closes. Whoever serves it hears of its errors by that. */
export function keepIn(sockets: Set<Socket>, socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => {});
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
}
