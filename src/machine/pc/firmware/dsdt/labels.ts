import {
  type Aml,
  arg,
  buffer,
  call,
  dereference,
  either,
  equal,
  give,
  index,
  less,
  local,
  not,
  or,
  pack,
  serialized,
  shiftLeft,
  store,
  text,
  uuid,
  when,
} from "../aml/index.ts";

/** Of `_DSM`s that label devices (PCI Firmware specification 3.1, 4.6.7). */
const DEVICE_LABELING = "e5c937d0-3553-4d7a-9117-ea4d19c3434d";
const WHICH_FUNCTIONS = 0;
const NAMES = 7;
const NO_INDEX = 0xffff_ffff;

/** `PDSM`: `_DSM` of every slot, with bus and slot as its fifth argument. A slot whose index the controller knows has one and no name. */
export function labels(): Aml {
  const [id, revision, what, place] = [arg(0), arg(1), arg(2), arg(4)];
  const [answer, known, slotIndex] = [local(0), local(1), local(2)];
  const askIndex = store(call("AIDX", dereference(index(place, 0)), dereference(index(place, 1))), slotIndex);
  return serialized(
    "PDSM",
    5,
    when(
      equal(what, WHICH_FUNCTIONS),
      store(buffer([0]), answer),
      store(0, known),
      when(not(equal(id, uuid(DEVICE_LABELING))), give(answer)),
      when(less(revision, 2), give(answer)),
      askIndex,
      when(
        not(or(equal(slotIndex, 0), equal(slotIndex, NO_INDEX))),
        or(known, 1, known),
        or(known, shiftLeft(1, NAMES), known),
      ),
      store(known, index(answer, 0)),
      give(answer),
    ),
    when(
      equal(what, NAMES),
      askIndex,
      store(pack([], 2), answer),
      when(
        not(either(equal(slotIndex, 0), equal(slotIndex, NO_INDEX))),
        store(slotIndex, index(answer, 0)),
        store(text(""), index(answer, 1)),
      ),
      give(answer),
    ),
  );
}
