// Programs that nobody here wrote, and what is asked of them. What they print must not depend on time or chance.
// @ts-check

/** @typedef {import("./initramfs.mjs").Program} Program */

/** Numbers that are computed alike everywhere: seeded, and mixed by multiplication. */
const pythonNumbers = `
import math, struct, sys
state = 12345
def bits():
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
    return state ^ (state >> 29)
edges = [0, 1, 2**63, 2**63 + 1, 0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0x000fffffffffffff,
         0x0010000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7fefffffffffffff, 0x43e0000000000000]
def number(n):
    if n % 4 == 0: word = edges[bits() % len(edges)]
    elif n % 4 == 1: return (bits() % 2000001 - 1000000) / 1000
    else: word = (bits() & 0x800fffffffffffff) | ((983 + bits() % 80) << 52)
    return struct.unpack("<d", struct.pack("<Q", word))[0]
`;

/** @type {readonly Program[]} */
export const smallPrograms = [
  {
    name: "openssl",
    packages: ["openssl"],
    script: `seq 1 20000 > data
for digest in md5 sha1 sha224 sha256 sha384 sha512 sha3-256 blake2b512 ripemd160 sm3; do openssl dgst -$digest data; done
for cipher in aes-128-cbc aes-256-ctr aes-192-ecb chacha20 camellia-128-cbc aria-256-cbc; do
  openssl enc -$cipher -K 000102030405060708090a0b0c0d0e0f -iv 0f0e0d0c0b0a09080706050403020100 -in data -out sealed 2>/dev/null
  openssl enc -d -$cipher -K 000102030405060708090a0b0c0d0e0f -iv 0f0e0d0c0b0a09080706050403020100 -in sealed 2>/dev/null | cmp - data
  openssl dgst -sha256 sealed
done
openssl dgst -sha256 -hmac key data
openssl mac -cipher AES-128-CBC -macopt hexkey:000102030405060708090a0b0c0d0e0f -in data CMAC
openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt pass:secret -kdfopt salt:NaCl -kdfopt iter:2000 PBKDF2
for number in 1000000007 18446744073709551557 340282366920938463463374607431768211297; do openssl prime $number; done
openssl rand -help > /dev/null 2>&1; echo done
`,
  },
  {
    name: "perl",
    packages: ["perl-base"],
    script: `cat > numbers.pl <<'END'
use POSIX qw(floor ceil fmod strtod);
my $x = 12345;
for my $n (1 .. 3000) {
  $x = ($x * 1103515245 + 12345) % 2147483648;
  my $a = ($x - 1073741824) / 65537;
  my $b = exp(sin($a) * 3) - sqrt(abs($a)) + atan2($a, 3.25) ** 3;
  $sum += $b; $product = fmod(($product || 1) * ($b || 1), 1e9);
  print join(" ", map { sprintf "%.17g", $_ } $a, $b, $sum, $product, floor($b), ceil($b)), unpack("H*", pack("f d>", $b, $b)), "\\n"
    if $n % 10 == 0;
}
my %count; $count{substr($_ * 7919, -2)}++ for 1 .. 5000;
print join(",", map { "$_=$count{$_}" } sort keys %count), "\\n";
my $text = join " ", 1 .. 2000; $text =~ s/(\\d)(\\d)/$2$1/g; print length($text), " ", unpack("%32C*", $text), "\\n";
END
perl numbers.pl
`,
  },
  {
    name: "xz",
    packages: ["xz-utils"],
    script: `xz() { /usr/bin/xz "$@"; } # busybox has one, too
seq 1 30000 > data
for level in 0 2 6; do xz -$level -k -c data > data.xz; xz -dc data.xz | cmp - data; sha256sum < data.xz; done
xz --format=lzma -c data | xz --format=lzma -dc | md5sum
xz -0 --check=crc64 -c data > data.xz; xz -t data.xz; echo $?
`,
  },
  {
    name: "sqlite3",
    packages: ["sqlite3"],
    script: `sqlite3 test.db <<'END'
create table numbers(n integer primary key, x real, t text);
with recursive r(n) as (select 1 union all select n + 1 from r where n < 4000)
  insert into numbers select n, sqrt(n * 1.7) * ln(n + 0.5) - sin(n), printf('%.12e', n / 7.0) from r;
select count(*), sum(x), avg(x), min(x), max(x), total(n), group_concat(n % 7, '') from numbers where n % 97 = 0;
create index by_text on numbers(t);
select n, x, t from numbers order by t limit 20;
select round(x, 3), cast(x as integer), typeof(x / 0), hex(t) from numbers where n between 100 and 110;
select sum(a.x * b.x) from numbers a join numbers b on a.n = b.n + 1;
pragma integrity_check;
END
sqlite3 test.db .dump | sha256sum
`,
  },
  {
    name: "python",
    packages: ["python3-minimal"],
    script: `cat > numbers.py <<'END'
${pythonNumbers}
names = ["sqrt", "exp", "log", "sin", "cos", "tan", "atan", "asin", "cbrt", "expm1", "log1p", "gamma", "erf", "floor", "trunc"]
digest = 0
for n in range(4000):
    a, b = number(n), number(n + 1)
    results = []
    for operation in (lambda: a + b, lambda: a - b, lambda: a * b, lambda: a / b, lambda: a % b, lambda: math.fmod(a, b),
                      lambda: math.hypot(a, b), lambda: a ** b, lambda: math.remainder(a, b), lambda: int(a), lambda: round(a, 2)):
        try: results.append(operation())
        except (ValueError, OverflowError, ZeroDivisionError) as error: results.append(type(error).__name__)
    for name in names:
        try: results.append(getattr(math, name)(a))
        except (ValueError, OverflowError) as error: results.append(type(error).__name__)
    text = " ".join(r.hex() if isinstance(r, float) else str(r) for r in results)
    for c in text: digest = (digest * 1099511628211 ^ ord(c)) & (2**64 - 1)
    if n % 100 == 0: print(text)
    single = struct.unpack("<f", struct.pack("<f", max(-3e38, min(3e38, a if a == a else 0))))[0]
    digest = (digest * 31 + hash(single)) & (2**64 - 1)
print(hex(digest))
END
python3 numbers.py
`,
  },
  {
    // Steps through busybox by ptrace (software step), and stops it at hardware breakpoints and watchpoints.
    name: "ptrace",
    packages: ["python3"],
    script: `cat > step.py <<'END'
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.personality(0x40000)  # ADDR_NO_RANDOMIZE
TRACEME, CONT, SINGLESTEP, GETREGSET, SETREGSET = 0, 7, 9, 0x4204, 0x4205
PRSTATUS, HW_BREAK, HW_WATCH = 1, 0x402, 0x403
class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
def start():
    child = os.fork()
    if child == 0:
        libc.ptrace(TRACEME, 0, None, None)
        os.execve("/bin/busybox", ["busybox", "true"], {})
    os.waitpid(child, 0)
    return child
def registers(child):
    buffer = ctypes.create_string_buffer(272)
    libc.ptrace(GETREGSET, child, PRSTATUS, ctypes.byref(Vector(ctypes.addressof(buffer), 272)))
    return struct.unpack("<34Q", buffer.raw)
def debug(child, kind, address, control):
    words = struct.pack("<II", 0, 0) + struct.pack("<QII", address, control, 0)
    buffer = ctypes.create_string_buffer(words)
    return libc.ptrace(SETREGSET, child, kind, ctypes.byref(Vector(ctypes.addressof(buffer), len(words))))
child = start()
seen, stacks = [], []
while len(seen) < 400:
    seen.append(registers(child)[32])
    stacks.append(registers(child)[31])
    libc.ptrace(SINGLESTEP, child, None, None)
    os.waitpid(child, 0)
print(len(set(seen)), *map(hex, seen[::40]))
libc.ptrace(CONT, child, None, None)
print(os.WEXITSTATUS(os.waitpid(child, 0)[1]))
child = start()
print("break", debug(child, HW_BREAK, seen[150], 0x1e5))
libc.ptrace(CONT, child, None, None)
os.waitpid(child, 0)
print(hex(registers(child)[32] - seen[150]))
print("watch", debug(child, HW_BREAK, 0, 0), debug(child, HW_WATCH, min(stacks), 0x1ff5))
libc.ptrace(CONT, child, None, None)
_, status = os.waitpid(child, 0)
print(os.WIFSTOPPED(status) and os.WSTOPSIG(status), hex(registers(child)[32]))
os.kill(child, 9)
END
python3 step.py
`,
  },
];

/** @type {readonly Program[]} */
export const largePrograms = [
  ...smallPrograms,
  {
    name: "python-tests",
    packages: ["python3", "libpython3.11-testsuite"],
    script: `for module in test_float test_math test_cmath test_struct test_fractions test_long test_random test_strtod; do
  python3 -m unittest -q test.$module 2>&1 | sed 's/ in [0-9.]*s//' | tail -3
done
`,
  },
  {
    name: "openssl-checks",
    packages: ["openssl"],
    script: `for curve in prime256v1 secp384r1 X25519; do
  openssl genpkey -algorithm \${curve%%[!X]*}25519 -out key.pem 2>/dev/null || openssl ecparam -genkey -name $curve -out key.pem 2>/dev/null
  openssl pkey -in key.pem -check -noout 2>&1 | head -1
done
openssl genrsa -out rsa.pem 2048 2>/dev/null; openssl rsa -in rsa.pem -check -noout 2>&1 | head -1
seq 1 1000 > data; openssl dgst -sha256 -sign rsa.pem -out signature data
openssl rsa -in rsa.pem -pubout -out public.pem 2>/dev/null; openssl dgst -sha256 -verify public.pem -signature signature data
openssl speed -seconds 1 -bytes 1024 aes-128-cbc sha256 > speed 2>&1; echo $?
`,
  },
  {
    name: "stress-ng",
    packages: ["stress-ng"],
    script: `stress-ng --cpu 1 --cpu-method all --cpu-ops 200 --verify --temp-path /tmp 2>&1 | grep -ci fail
stress-ng --matrix 1 --matrix-ops 50 --verify --temp-path /tmp 2>&1 | grep -ci fail
stress-ng --vecmath 1 --vecmath-ops 20 --verify --temp-path /tmp 2>&1 | grep -ci fail
stress-ng --funccall 1 --funccall-ops 20 --verify --temp-path /tmp 2>&1 | grep -ci fail
`,
  },
  {
    name: "gcc",
    packages: ["gcc", "libc6-dev"],
    script: `cat > program.c <<'END'
#include <math.h>
#include <stdio.h>
#include <fenv.h>
int main(void) {
  double sum = 0; float product = 1;
  for (int n = 1; n < 20000; n++) { sum += 1.0 / n; product = fmodf(product * (n + 0.3f), 977.0f); }
  printf("%a %a %d\\n", sum, product, fetestexcept(FE_ALL_EXCEPT));
  int modes[] = { FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO };
  for (int m = 0; m < 4; m++) {
    fesetround(modes[m]);
    volatile double one = 1, three = 3, tiny = 1e-310; volatile float f = 16777217.0;
    printf("%a %a %a %ld %a\\n", one / three, -one / three, tiny / 7, lrint(2.5 + one), (double)f);
  }
  return 0;
}
END
for level in 0 2 3; do gcc -O$level -o program program.c -lm && ./program; done
gcc -O2 -S -o - program.c | md5sum
`,
  },
];
