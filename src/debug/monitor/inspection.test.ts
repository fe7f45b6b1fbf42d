import { describe, expect, it } from "vitest";
import { DebugTarget } from "../target.ts";
import { FakeSession } from "../testing/fake-session.ts";
import { FakeHost } from "../testing/gdb-client.ts";
import { Monitor } from "./monitor.ts";

function setUp(session = new FakeSession()) {
  const host = new FakeHost();
  const monitor = new Monitor(new DebugTarget(session, host));
  const say = async (line: string) => (await monitor.execute(line)).output;
  return { session, host, monitor, say };
}

describe("inspection", () => {
  it("says how much is translated", async () => {
    const { say } = setUp();
    expect(await say("info jit")).toBe("all code is interpreted\n");
  });

  it("shows memory in all formats", async () => {
    const { session, say } = setUp();
    expect(await say("x 0x40000000")).toBe("0000000040000000: 0xd503201f\n");
    expect(await say("x/5xw 0x40000000")).toBe(
      "0000000040000000: 0xd503201f 0xd503201f 0xd503201f 0xd503201f\n0000000040000010: 0xd503201f\n",
    );
    expect(await say("x/2gx $pc")).toBe("0000000040000000: 0xd503201fd503201f 0xd503201fd503201f\n");
    expect(await say("xp/3xb 0x40000000 + 1")).toBe("0000000040000001: 0x20 0x03 0xd5\n");
    expect(await say("x/1dw 0x40000000")).toBe("0000000040000000: -721215457\n");
    expect(await say("x/1uh 0x40000000")).toBe("0000000040000000:  8223\n");
    expect(await say("x/1oh 0x40000000")).toBe("0000000040000000: 020037\n");
    expect(await say("x/2db 0x40000000")).toBe("0000000040000000:  31  32\n");
    expect(await say("x/2c 0x40000000")).toBe("0000000040000000: '\\x1f' ' '\n");
    expect(await say("x/2i $pc")).toBe("0x40000000:  d503201f  nop\n0x40000004:  d503201f  nop\n");
    session.position = 1;
    expect(await say("x/i $pc-4")).toContain("0x40000000:");
    expect(await say("x/2i 0x40002ffc")).toBe("0x40002ffc:  00000000  nop\n0x40003000:  Cannot access memory\n");
    expect(await say("x 0x40003000")).toBe("0000000040003000: Cannot access memory\n");
    expect(await say("xp 0x40003000")).toBe("0000000040003000: 0x00000000\n");
    expect(await say("x/4z 0")).toMatch(/^Error: '\/4z' is not a format/);
    expect(await say("x/999999999x 0")).toMatch(/^Error: a count is/);
    expect(await say("x")).toBe("Error: an address is needed\n");
    expect(await say("x nothing_like_it")).toMatch(/^Error: 'nothing_like_it' is neither/);
    expect(await say("x $nope")).toBe("Error: there is no register '$nope'\n");
    for (const which of ["", " -a", " 0"])
      expect(await say(`info registers${which}`)).toBe("\nCPU#0\nPC=0000000040000004\n");
    expect(await say("info registers 1")).toBe("Error: CPU#1 not available\n");
    expect(await say("info registers -x")).toBe("Error: '-x' is neither -a nor the number of a CPU\n");
    expect(await say("x/1xb $ESR_EL1+0x40000000")).toMatch(/^0{8}40000000: 0x/);
  });

  it("prints numbers, registers and sums in all formats", async () => {
    const { say } = setUp();
    expect(await say("print $pc")).toBe("0x40000000\n");
    expect(await say("p 1-1")).toBe("0\n");
    expect([await say("p/d 1-2"), await say("p/u 1-2"), await say("p/o 9")]).toEqual([
      "-1\n",
      "18446744073709551615\n",
      "011\n",
    ]);
    expect([await say("p/c 65"), await say("p/c 7"), await say("p")]).toEqual([
      "'A'\n",
      "'\\x07'\n",
      "Error: an expression is needed\n",
    ]);
    expect(await say("p/i 1")).toMatch(/^Error: a number/);
  });

  it("writes no symbols where there is no kernel", async () => {
    const { say } = setUp();
    expect(await say("symbols /tmp/x")).toBe("Error: no Linux kernel with symbols is in the guest's memory here\n");
  });
});

describe("devices and physical addresses", () => {
  it("shows what devices say without being changed, and says where it did not look", async () => {
    const { say } = setUp();
    expect(await say("xp/4xw 0x9000000")).toBe(
      "0000000009000000: ---------- 0xfffffffe 0xfffffffe 0xfffffffe\n" +
        "not read: a read of the device register at 0x09000000 would change the machine\n",
    );
    expect(await say("xp/1xb 0x9000007")).toBe("0000000009000007: 0xfe\n");
    expect(await say("xp/1xg 0x9000008")).toBe("0000000009000008: 0xfffffffefffffffe\n");
    expect(await say("xp/1xw 0x8000000")).toMatch(/Cannot access memory/);
  });

  it("shows a device's state", async () => {
    const { say } = setUp();
    expect(await say("info device")).toBe("uart\ntransport.0\n");
    expect(await say("info device uart")).toBe("fifo = 41\ncontrol = 0x00000300\n");
    expect(await say("info device transport.0")).toBe("transport.0 keeps nothing\n");
    expect(await say("info device nothing")).toBe("Error: no device 'nothing'; 'info device' lists them\n");
  });

  it("asks who wrote physical memory, mapped or not", async () => {
    const { session, say } = setUp();
    const asked: number[][] = [];
    session.lastWrite = (address?: number, length?: number) => {
      asked.push([address!, length!]);
      return Promise.resolve(undefined);
    };
    expect(await say("last-write 0x50003000 8")).toBe("Error: 0x50003000 is not mapped to RAM in one piece\n");
    expect(await say("last-write/p 0x40003000 8")).toBe("physical 0x40003000 was not written since power-on\n");
    expect(await say("last-write /p 0x40003000")).toBe("physical 0x40003000 was not written since power-on\n");
    expect(await say("last-write /p 0x40003000 8")).toBe("physical 0x40003000 was not written since power-on\n");
    expect(asked).toEqual([
      [0x40003000, 8],
      [0x40003000, 1],
      [0x40003000, 8],
    ]);
    expect(await say("last-write /p 0x9000000")).toBe("Error: physical 0x9000000 is not RAM\n");
    expect(await say("last-write /p 0xffffffffffffffff 8")).toMatch(/^Error: physical 0xf{16} is not/);
    expect(await say("last-write /x 0x40003000")).toMatch(/^Error: '\/x'/);
  });
});

describe("caller", () => {
  it("goes back to the call, past everyone's breakpoints, which stay", async () => {
    const { session, monitor, say } = setUp();
    const target = (monitor as unknown as { target: DebugTarget }).target;
    target.hits.owner().addBreakpoint(0x40000010n);
    session.position = 30;
    expect(await say("caller")).toBe("position 25: 0x40000004 calls this function\n");
    expect(session.position).toBe(25);
    await session.run();
    expect(session.position).toBe(28);
  });

  it("passes the same call by another frame, and stays where it was when there is none", async () => {
    const { session, say } = setUp();
    session.calledAt = () => 9;
    session.position = 30;
    expect(await say("reverse-finish")).toBe("position 9: 0x40000004 calls this function\n");
    session.position = 30;
    session.calledAt = () => -1;
    expect(await say("caller")).toBe("Error: the call at 0x40000004 is not in this history\n");
    expect(session.position).toBe(30);
    session.position = 31;
    expect(await say("caller")).toMatch(/^Error: what called this function is not known/);
  });
});
