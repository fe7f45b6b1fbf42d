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
  (local $6 i32)
  (local $7 i64)
  (local $8 i32)
  (local $9 i32)
  (local $10 i64)
  (local $11 i64)
  (local $12 i64)
  (local $13 i64)
  (local.set $2
   (i32.const 0)
  )
  (local.set $3
   (i64.const 0)
  )
  (local.set $4
   (i32.load offset=8240 align=1
    (i32.const 0)
   )
  )
  (local.set $5
   (i64.load offset=8280 align=1
    (i32.const 0)
   )
  )
  (local.set $6
   (local.get $1)
  )
  (block $end0
   (block $to1
   )
   (if
    (i32.le_u
     (local.get $1)
     (i32.const 6)
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
     (i32.const 6)
    )
   )
   (if
    (i32.load8_u offset=5532
     (i32.const 0)
    )
    (then
     (local.set $2
      (i32.const 33579008)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (local.set $7
    (i64.load offset=4608 align=1
     (i32.const 0)
    )
   )
   (local.set $8
    (i32.wrap_i64
     (local.get $7)
    )
   )
   (local.set $9
    (i32.add
     (local.get $4)
     (i32.and
      (i32.shr_u
       (local.get $8)
       (i32.const 8)
      )
      (i32.const 16368)
     )
    )
   )
   (if
    (i64.ne
     (i64.load align=1
      (local.get $9)
     )
     (i64.or
      (i64.and
       (i64.add
        (local.get $7)
        (i64.const 15)
       )
       (i64.const -4096)
      )
      (local.get $5)
     )
    )
    (then
     (local.set $2
      (i32.const 16801792)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (v128.store offset=4096 align=1
    (i32.const 0)
    (v128.load align=1
     (i32.add
      (local.get $8)
      (i32.load offset=8 align=1
       (local.get $9)
      )
     )
    )
   )
   (if
    (i32.load8_u offset=5532
     (i32.const 0)
    )
    (then
     (local.set $2
      (i32.const 33574913)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (v128.store offset=4096 align=1
    (i32.const 0)
    (i32x4.add
     (v128.load offset=4096 align=1
      (i32.const 0)
     )
     (v128.load offset=4112 align=1
      (i32.const 0)
     )
    )
   )
   (if
    (i32.load8_u offset=5532
     (i32.const 0)
    )
    (then
     (local.set $2
      (i32.const 33570818)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (v128.store offset=4128 align=1
    (i32.const 0)
    (v128.xor
     (v128.load offset=4096 align=1
      (i32.const 0)
     )
     (v128.load offset=4112 align=1
      (i32.const 0)
     )
    )
   )
   (if
    (i32.load8_u offset=5532
     (i32.const 0)
    )
    (then
     (local.set $2
      (i32.const 33566723)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (local.set $10
    (i64.add
     (local.get $7)
     (i64.const 16)
    )
   )
   (local.set $9
    (i32.wrap_i64
     (local.get $10)
    )
   )
   (local.set $4
    (i32.add
     (local.get $4)
     (i32.and
      (i32.shr_u
       (local.get $9)
       (i32.const 8)
      )
      (i32.const 16368)
     )
    )
   )
   (if
    (i64.ne
     (i64.load offset=16384 align=1
      (local.get $4)
     )
     (i64.or
      (i64.and
       (i64.add
        (local.get $10)
        (i64.const 15)
       )
       (i64.const -4096)
      )
      (local.get $5)
     )
    )
    (then
     (local.set $2
      (i32.const 16789507)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (v128.store align=1
    (i32.add
     (local.get $9)
     (i32.load offset=16392 align=1
      (local.get $4)
     )
    )
    (v128.load offset=4128 align=1
     (i32.const 0)
    )
   )
   (if
    (i32.load8_u offset=5532
     (i32.const 0)
    )
    (then
     (local.set $2
      (i32.const 33562628)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
   )
   (local.set $11
    (i64.extend_i32_u
     (i32x4.extract_lane 0
      (i8x16.swizzle
       (v128.load offset=4128 align=1
        (i32.const 0)
       )
       (i64x2.splat
        (i64.const 506097522981602564)
       )
      )
     )
    )
   )
   (local.set $12
    (i64.load offset=4848 align=1
     (i32.const 0)
    )
   )
   (local.set $13
    (local.get $12)
   )
   (i64.store offset=4616 align=1
    (i32.const 0)
    (local.get $11)
   )
   (if
    (i64.lt_u
     (i64.const 1)
     (i64.add
      (i64.shr_s
       (local.get $12)
       (i64.const 55)
      )
      (i64.const 1)
     )
    )
    (then
     (local.set $2
      (i32.const 33558533)
     )
     (br_if $end0
      (i32.const 1)
     )
     (local.set $13
      (i64.const 0)
     )
    )
   )
   (local.set $3
    (local.get $13)
   )
   (local.set $2
    (i32.const 67112960)
   )
   (br_if $end0
    (i32.const 1)
   )
  )
  (local.set $4
   (i32.shr_u
    (local.get $2)
    (i32.const 24)
   )
  )
  (local.set $9
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
    (local.get $4)
    (i32.const 4)
   )
   (then
    (return_call $goTo
     (local.get $3)
     (local.get $9)
     (local.get $6)
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
   (local.get $9)
   (local.get $6)
   (local.get $4)
  )
 )
)
