(module
 (type $0 (func (param i32 i32 i32 i32)))
 (type $1 (func (param i64 i32 i32)))
 (type $2 (func (param i32 i64 i64) (result i32)))
 (type $3 (func (param i32 i32)))
 (import "env" "memory" (memory $0 1 65536))
 (import "host" "leave" (func $leave (param i32 i32 i32 i32)))
 (import "host" "goTo" (func $goTo (param i64 i32 i32)))
 (import "host" "flagsOf" (func $flagsOf (param i32 i64 i64) (result i32)))
 (export "region0" (func $region0))
 (func $region0 (param $0 i32) (param $1 i32)
  (local $2 i32)
  (local $3 i64)
  (local $4 i32)
  (local $5 i64)
  (local $6 i64)
  (local $7 i32)
  (local $8 i64)
  (local $9 i64)
  (local $10 i64)
  (local $11 i64)
  (local $12 i32)
  (local $13 i32)
  (local.set $2
   (i32.const 0)
  )
  (local.set $3
   (i64.const 0)
  )
  (local.set $4
   (i32.const -1)
  )
  (local.set $5
   (i64.const 0)
  )
  (local.set $6
   (i64.const 0)
  )
  (local.set $7
   (local.get $1)
  )
  (block $end0
   (block $to1
    (block $to2
     (block $to3
     )
     (local.set $8
      (i64.load offset=4608 align=1
       (i32.const 0)
      )
     )
     (local.set $9
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
       (local.set $2
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
     (local.set $8
      (i64.add
       (local.get $8)
       (i64.shl
        (local.get $9)
        (i64.const 0)
       )
      )
     )
     (local.set $5
      (local.get $9)
     )
     (local.set $6
      (i64.const 1)
     )
     (local.set $4
      (i32.const 4)
     )
     (local.set $9
      (i64.sub
       (local.get $9)
       (i64.const 1)
      )
     )
     (i64.store offset=4608 align=1
      (i32.const 0)
      (local.get $8)
     )
     (i64.store offset=4616 align=1
      (i32.const 0)
      (local.get $9)
     )
     (if
      (i64.ne
       (local.get $5)
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
     (local.set $2
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
   (local.set $10
    (i64.load offset=4848 align=1
     (i32.const 0)
    )
   )
   (local.set $11
    (local.get $10)
   )
   (if
    (i64.lt_u
     (i64.const 1)
     (i64.add
      (i64.shr_s
       (local.get $10)
       (i64.const 55)
      )
      (i64.const 1)
     )
    )
    (then
     (local.set $2
      (i32.const 33558531)
     )
     (br_if $end0
      (i32.const 1)
     )
     (local.set $11
      (i64.const 0)
     )
    )
   )
   (local.set $3
    (local.get $11)
   )
   (local.set $2
    (i32.const 67112960)
   )
   (br_if $end0
    (i32.const 1)
   )
  )
  (if
   (i32.ge_s
    (local.get $4)
    (i32.const 0)
   )
   (then
    (i32.store offset=8300 align=1
     (i32.const 0)
     (i32.add
      (local.get $4)
      (i32.const 1)
     )
    )
    (i64.store offset=8304 align=1
     (i32.const 0)
     (local.get $5)
    )
    (i64.store offset=8312 align=1
     (i32.const 0)
     (local.get $6)
    )
   )
  )
  (local.set $12
   (i32.shr_u
    (local.get $2)
    (i32.const 24)
   )
  )
  (local.set $13
   (i32.add
    (local.get $1)
    (i32.and
     (i32.shr_u
      (local.get $2)
      (i32.const 12)
     )
     (i32.const 4095)
    )
   )
  )
  (if
   (i32.eq
    (local.get $12)
    (i32.const 4)
   )
   (then
    (return_call $goTo
     (local.get $3)
     (local.get $13)
     (local.get $7)
    )
   )
  )
  (return_call $leave
   (i32.add
    (i32.sub
     (local.get $0)
     (i32.const 0)
    )
    (i32.mul
     (i32.and
      (i32.shr_u
       (local.get $2)
       (i32.const 0)
      )
      (i32.const 4095)
     )
     (i32.const 8)
    )
   )
   (local.get $13)
   (local.get $7)
   (local.get $12)
  )
 )
)
