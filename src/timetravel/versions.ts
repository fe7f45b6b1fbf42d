/** Version of the recording's file format; a changed format gets the next number. */
export const LOG_FORMAT = 1;

/** Version of the keyframes kept beside a recording; a cache of another version is thrown away. */
export const CACHE_FORMAT = 6;

/**
 * Version of what the guest can see: instructions, devices, timing. A change that makes an old recording replay
 * differently gets the next number. It stands in every MachineConfiguration.
 */
export const SEMANTICS = 4;
