(module
 (type $0 (func (param i32 i32)))
 (type $1 (func (param i64 i32)))
 (type $2 (func (param i32 i64 i64) (result i32)))
 (type $3 (func (param i32 i32 i32)))
 (import "env" "memory" (memory $0 1 65536))
 (import "env" "handlers" (table $handlers 32768 32768 funcref))
 (import "host" "interpret" (func $interpret (param i32 i32)))
 (import "host" "jump" (func $jump (param i64 i32)))
 (import "host" "enter" (func $enter (param i64 i32)))
 (import "host" "reach" (func $reach (param i32 i32)))
 (import "host" "guest.evaluateFlags" (func $guest.evaluateFlags (param i32 i64 i64) (result i32)))
 (export "r0_0" (func $r0_0))
 (func $region0 (param $0 i32) (param $1 i32) (param $2 i32)
  (local $3 i32)
  (local $4 i64)
  (local $5 i32)
  (local $6 i64)
  (local $7 i64)
  (local $8 i32)
  (local $9 i64)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i32)
  (local $14 i32)
  (local $15 i32)
  (local $16 i32)
  (local $17 i64)
  (local $18 i32)
  (local.set $3
   (i32.const 0)
  )
  (local.set $4
   (i64.const 0)
  )
  (local.set $5
   (i32.const 0)
  )
  (local.set $6
   (i64.extend_i32_u
    (i32.load offset=5504 align=1
     (i32.const 0)
    )
   )
  )
  (local.set $7
   (i64.const 0)
  )
  (local.set $8
   (local.get $1)
  )
  (block $end0
   (block $to1
    (block $to2
     (block $to3
     )
     (local.set $9
      (i64.load offset=4608 align=1
       (i32.const 0)
      )
     )
     (local.set $10
      (i64.load offset=4616 align=1
       (i32.const 0)
      )
     )
     (br_if $to2
      (i32.const 1)
     )
    )
    (loop $again4
     (block $to5
     )
     (if
      (i32.le_u
       (local.get $1)
       (i32.const 3)
      )
      (then
       (local.set $3
        (i32.const 0)
       )
       (br_if $end0
        (i32.const 1)
       )
      )
     )
     (local.set $1
      (i32.sub
       (local.get $1)
       (i32.const 3)
      )
     )
     (local.set $9
      (i64.add
       (local.get $9)
       (i64.shl
        (local.get $10)
        (i64.const 0)
       )
      )
     )
     (local.set $6
      (local.get $10)
     )
     (local.set $7
      (i64.const 1)
     )
     (local.set $5
      (i32.const 4)
     )
     (local.set $10
      (i64.sub
       (local.get $10)
       (i64.const 1)
      )
     )
     (i64.store offset=4608 align=1
      (i32.const 0)
      (local.get $9)
     )
     (i64.store offset=4616 align=1
      (i32.const 0)
      (local.get $10)
     )
     (if
      (i64.ne
       (local.get $6)
       (i64.const 1)
      )
      (then
       (br_if $again4
        (i32.const 1)
       )
      )
     )
     (br_if $to1
      (i32.const 1)
     )
    )
   )
   (if
    (i32.le_u
     (local.get $1)
     (i32.const 1)
    )
    (then
     (local.set $3
      (i32.const 3)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (local.set $1
    (i32.sub
     (local.get $1)
     (i32.const 1)
    )
   )
   (local.set $11
    (i64.load offset=4848 align=1
     (i32.const 0)
    )
   )
   (local.set $12
    (local.get $11)
   )
   (if
    (i64.lt_u
     (i64.const 1)
     (i64.add
      (i64.shr_s
       (local.get $11)
       (i64.const 55)
      )
      (i64.const 1)
     )
    )
    (then
     (local.set $3
      (i32.const 33558531)
     )
     (br_if $end0
      (i32.const 1)
     )
     (local.set $12
      (i64.const 0)
     )
    )
   )
   (local.set $4
    (local.get $12)
   )
   (local.set $3
    (i32.const 67112960)
   )
   (br_if $end0
    (i32.const 1)
   )
  )
  (if
   (local.get $5)
   (then
    (local.set $13
     (call $guest.evaluateFlags
      (local.get $5)
      (local.get $6)
      (local.get $7)
     )
    )
    (local.set $6
     (i64.extend_i32_u
      (local.get $13)
     )
    )
    (local.set $5
     (i32.const 0)
    )
   )
  )
  (i32.store offset=5504 align=1
   (i32.const 0)
   (i32.wrap_i64
    (local.get $6)
   )
  )
  (local.set $13
   (i32.shr_u
    (local.get $3)
    (i32.const 24)
   )
  )
  (local.set $14
   (i32.add
    (local.get $1)
    (i32.and
     (i32.shr_u
      (local.get $3)
      (i32.const 12)
     )
     (i32.const 4095)
    )
   )
  )
  (i64.store offset=8704 align=1
   (i32.const 0)
   (i64.add
    (i64.load offset=8704 align=1
     (i32.const 0)
    )
    (i64.extend_i32_u
     (i32.sub
      (local.get $8)
      (local.get $14)
     )
    )
   )
  )
  (local.set $8
   (i32.shl
    (local.get $13)
    (i32.const 3)
   )
  )
  (i64.store offset=8712 align=1
   (local.get $8)
   (i64.add
    (i64.load offset=8712 align=1
     (local.get $8)
    )
    (i64.const 1)
   )
  )
  (if
   (i32.eq
    (local.get $13)
    (i32.const 4)
   )
   (then
    (local.set $8
     (i32.sub
      (local.get $14)
      (i32.const 1)
     )
    )
    (if
     (local.get $8)
     (then
      (local.set $15
       (i32.wrap_i64
        (local.get $4)
       )
      )
      (local.set $16
       (i32.add
        (i32.load offset=8240 align=1
         (i32.const 0)
        )
        (i32.and
         (i32.shr_u
          (local.get $15)
          (i32.const 8)
         )
         (i32.const 16368)
        )
       )
      )
      (local.set $17
       (i64.and
        (local.get $4)
        (i64.const -4093)
       )
      )
      (if
       (i64.eq
        (i64.load offset=32768 align=1
         (local.get $16)
        )
        (i64.or
         (local.get $17)
         (i64.load offset=8296 align=1
          (i32.const 0)
         )
        )
       )
       (then
        (local.set $16
         (i32.load offset=32776 align=1
          (local.get $16)
         )
        )
        (local.set $15
         (i32.add
          (local.get $16)
          (i32.shl
           (i32.and
            (local.get $15)
            (i32.const 4092)
           )
           (i32.const 1)
          )
         )
        )
        (local.set $18
         (i32.load16_u align=1
          (local.get $15)
         )
        )
        (if
         (i32.ge_u
          (local.get $18)
          (i32.const 3196)
         )
         (then
          (i64.store offset=8208 align=1
           (i32.const 0)
           (i64.sub
            (local.get $17)
            (i64.extend_i32_u
             (i32.shr_u
              (local.get $16)
              (i32.const 1)
             )
            )
           )
          )
          (return_call_indirect (type $0)
           (local.get $15)
           (local.get $8)
           (local.get $18)
          )
         )
        )
       )
      )
      (return_call $enter
       (local.get $4)
       (local.get $8)
      )
     )
    )
    (return_call $jump
     (local.get $4)
     (local.get $14)
    )
   )
  )
  (local.set $8
   (i32.add
    (local.get $0)
    (i32.mul
     (i32.and
      (i32.shr_u
       (local.get $3)
       (i32.const 0)
      )
      (i32.const 4095)
     )
     (i32.const 8)
    )
   )
  )
  (if
   (i32.eq
    (local.get $13)
    (i32.const 3)
   )
   (then
    (return_call $reach
     (local.get $8)
     (local.get $14)
    )
   )
  )
  (return_call $interpret
   (local.get $8)
   (local.get $14)
  )
 )
 (func $r0_0 (param $0 i32) (param $1 i32)
  (return_call $region0
   (i32.sub
    (local.get $0)
    (i32.const 0)
   )
   (local.get $1)
   (i32.const 0)
  )
 )
)
