/*
 * Runs single instructions of user level on a processor, and says what they did; those of 32-bit code where it is
 * compiled as such.
 *
 *   native CASES RESULTS
 *
 * Both files are arrays of the structures below, little-endian; CASES begins with the arena's content. A case is entered
 * by a return from a signal handler, with registers of its choice; the trap behind the instruction leaves it.
 */
#include "processor.h"

enum { CODE_BYTES = 0x1000, CHANGES = 8 };

struct change {
  uint32_t offset;
  uint32_t length;
  uint8_t bytes[64];
};

struct test {
  uint64_t r[16];
  uint64_t flags;
  uint32_t unused;
  uint32_t code_length;
  uint32_t code_offset;
  uint32_t changes;
  uint8_t code[16];
  struct change change[CHANGES]; /* to the arena, before */
  uint8_t fpu[FPU_BYTES];        /* as FXSAVE's */
};

struct result {
  uint64_t r[16];
  uint64_t flags;
  uint64_t ip;
  uint64_t trap;
  uint64_t address;
  uint32_t changes;
  uint32_t unused;
  struct change change[CHANGES]; /* of the arena, by the instruction */
  uint8_t fpu[FPU_BYTES];
};

static uint8_t *const code = (uint8_t *)PLACE;
static uint8_t *const arena = (uint8_t *)ARENA;
static uint8_t pristine[ARENA_BYTES];
static uint8_t before[ARENA_BYTES]; /* what the case found */
static struct test test;
static struct result result;
static FILE *cases, *results;
static int started;

static void fail(const char *why) {
  fprintf(stderr, "native: %s\n", why);
  _exit(1);
}

/* Puts what changed into the result. */
static void compare_arena(void) {
  result.changes = 0;
  for (uint32_t at = 0; at < ARENA_BYTES; at++) {
    if (at % 64 == 0 && memcmp(arena + at, before + at, 64) == 0) {
      at += 63;
      continue;
    }
    if (arena[at] == before[at]) continue;
    struct change *last = &result.change[result.changes - 1];
    if (result.changes > 0 && at - last->offset < 64) {
      memcpy(last->bytes, arena + last->offset, at - last->offset + 1);
      last->length = at - last->offset + 1;
      continue;
    }
    if (result.changes == CHANGES) fail("an instruction changed more than there is room for");
    last = &result.change[result.changes++];
    last->offset = at;
    last->length = 1;
    last->bytes[0] = arena[at];
  }
}

/* Emulators of user level do not tell the vector itself. */
static uint32_t vector(int signal, siginfo_t *info) {
  if (signal == SIGTRAP) return 3;
  if (signal == SIGILL) return 6;
  if (signal == SIGBUS) return 17;
  if (signal == SIGSEGV) return info->si_code == SI_KERNEL ? 13 : 14;
  return info->si_code == FPE_INTDIV ? 0 : 19;
}

static void put_back(const struct change *changes, uint32_t count) {
  for (const struct change *one = changes; one < changes + count; one++) {
    memcpy(arena + one->offset, pristine + one->offset, one->length);
    memcpy(before + one->offset, pristine + one->offset, one->length);
  }
}

static void finish(int signal, ucontext_t *context, siginfo_t *info) {
  greg_t *g = context->uc_mcontext.gregs;
  memset(&result, 0, sizeof result);
  read_registers(context, result.r, &result.flags);
  result.trap = vector(signal, info);
  result.address = (uintptr_t)info->si_addr;
  result.ip = (unsigned long)g[IP] - (result.trap == 3 ? 1 : 0);
  read_fpu(context, result.fpu);
  compare_arena();
  put_back(result.change, result.changes);
  put_back(test.change, test.changes);
  if (fwrite(&result, sizeof result, 1, results) != 1) fail("cannot write");
}

static void next(ucontext_t *context) {
  if (fread(&test, sizeof test, 1, cases) != 1) {
    if (fclose(results) != 0) fail("cannot write");
    _exit(0);
  }
  memset(code, 0xcc, CODE_BYTES);
  memcpy(code + test.code_offset, test.code, test.code_length);
  for (const struct change *one = test.change; one < test.change + test.changes; one++) {
    memcpy(arena + one->offset, one->bytes, one->length);
    memcpy(before + one->offset, one->bytes, one->length);
  }
  write_registers(context, test.r, test.flags, PLACE + test.code_offset);
  write_fpu(context, test.fpu);
}

static void on_signal(int signal, siginfo_t *info, void *raw) {
  ucontext_t *context = raw;
  /* Emulators of user level leave DF as it was. */
  __asm__ volatile("cld");
  if (started) finish(signal, context, info);
  started = 1;
  next(context);
}

int main(int count, char **names) {
  if (count != 3) fail("usage: native CASES RESULTS");
  cases = fopen(names[1], "rb");
  results = fopen(names[2], "wb");
  if (!cases || !results) fail("cannot open a file");
  map_place();
  if (fread(arena, ARENA_BYTES, 1, cases) != 1) fail("the arena's content is missing");
  memcpy(pristine, arena, ARENA_BYTES);
  memcpy(before, arena, ARENA_BYTES);
  take_signals(on_signal);
  raise(SIGTRAP);
  return 1;
}
