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
  (local $8 i32)
  (local $9 i32)
  (local $10 i32)
  (local $11 i64)
  (local $12 i64)
  (local $13 i32)
  (local $14 i64)
  (local $15 i64)
  (local $16 i64)
  (local $17 i64)
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
  (local.set $8
   (i32.load16_u offset=2 align=1
    (local.get $0)
   )
  )
  (block $end0
   (local.set $9
    (local.get $8)
   )
   (loop $top1
    (block $to2
     (block $to3
      (block $to4
       (block $to5
        (block $to6
         (block $to7
          (block $to8
           (br_table $to8 $to7 $to8
            (local.get $9)
           )
          )
          (local.set $10
           (i32.sub
            (local.get $0)
            (i32.const 0)
           )
          )
          (br_if $to6
           (i32.const 1)
          )
         )
         (local.set $10
          (i32.sub
           (local.get $0)
           (i32.const 32)
          )
         )
         (br_if $to5
          (i32.const 1)
         )
        )
        (if
         (i32.le_u
          (local.get $1)
          (i32.const 4)
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
          (i32.const 4)
         )
        )
        (local.set $11
         (i64.load offset=4608 align=1
          (i32.const 0)
         )
        )
        (local.set $12
         (i64.load offset=4616 align=1
          (i32.const 0)
         )
        )
        (local.set $5
         (i64.extend_i32_u
          (i32.wrap_i64
           (local.get $11)
          )
         )
        )
        (local.set $6
         (i64.extend_i32_u
          (i32.shl
           (i32.wrap_i64
            (local.get $12)
           )
           (i32.const 0)
          )
         )
        )
        (local.set $4
         (i32.const 3)
        )
        (if
         (i32.ge_s
          (i32.wrap_i64
           (local.get $5)
          )
          (i32.wrap_i64
           (local.get $6)
          )
         )
         (then
          (local.set $8
           (i32.wrap_i64
            (i64.load offset=4624 align=1
             (i32.const 0)
            )
           )
          )
          (local.set $13
           (i32.sub
            (local.get $8)
            (i32.const 3)
           )
          )
          (local.set $5
           (i64.extend_i32_u
            (i32.or
             (i32.or
              (i32.or
               (i32.shr_u
                (local.get $13)
                (i32.const 31)
               )
               (i32.shl
                (i32.eqz
                 (local.get $13)
                )
                (i32.const 8)
               )
              )
              (i32.shl
               (i32.le_u
                (local.get $13)
                (local.get $8)
               )
               (i32.const 16)
              )
             )
             (i32.shl
              (i32.shr_u
               (i32.and
                (i32.xor
                 (local.get $13)
                 (local.get $8)
                )
                (i32.xor
                 (local.get $13)
                 (i32.const -4)
                )
               )
               (i32.const 31)
              )
              (i32.const 24)
             )
            )
           )
          )
          (local.set $4
           (i32.const 0)
          )
         )
         (else
          (local.set $5
           (i64.extend_i32_u
            (i32.or
             (i32.or
              (i32.or
               (i32.const 0)
               (i32.shl
                (i32.const 1)
                (i32.const 8)
               )
              )
              (i32.shl
               (i32.const 0)
               (i32.const 16)
              )
             )
             (i32.shl
              (i32.const 0)
              (i32.const 24)
             )
            )
           )
          )
          (local.set $4
           (i32.const 0)
          )
         )
        )
        (local.set $14
         (i64.load offset=4624 align=1
          (i32.const 0)
         )
        )
        (local.set $11
         (i64.extend_i32_u
          (select
           (i32.wrap_i64
            (local.get $12)
           )
           (i32.wrap_i64
            (local.get $14)
           )
           (i32.and
            (i32.shr_u
             (i32.wrap_i64
              (local.get $5)
             )
             (i32.const 8)
            )
            (i32.const 1)
           )
          )
         )
        )
        (local.set $15
         (i64.add
          (i64.add
           (i64.load offset=8208 align=1
            (i32.const 0)
           )
           (i64.extend_i32_u
            (i32.shr_u
             (i32.add
              (local.get $10)
              (i32.const 24)
             )
             (i32.const 1)
            )
           )
          )
          (i64.const 4)
         )
        )
        (i64.store offset=4608 align=1
         (i32.const 0)
         (local.get $11)
        )
        (i64.store offset=4848 align=1
         (i32.const 0)
         (local.get $15)
        )
        (br_if $to2
         (i32.const 1)
        )
       )
       (if
        (i32.le_u
         (local.get $1)
         (i32.const 1)
        )
        (then
         (local.set $2
          (i32.const 4)
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
        (i64.load offset=4608 align=1
         (i32.const 0)
        )
       )
       (if
        (i32.eqz
         (i32.wrap_i64
          (local.get $11)
         )
        )
        (then
         (br_if $to3
          (i32.const 1)
         )
        )
       )
       (br_if $to4
        (i32.const 1)
       )
      )
      (if
       (i32.le_u
        (local.get $1)
        (i32.const 1)
       )
       (then
        (local.set $2
         (i32.const 5)
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
      (local.set $13
       (i32.wrap_i64
        (local.get $11)
       )
      )
      (local.set $5
       (i64.extend_i32_u
        (local.get $13)
       )
      )
      (local.set $6
       (i64.const 1)
      )
      (local.set $4
       (i32.const 1)
      )
      (local.set $11
       (i64.extend_i32_u
        (i32.add
         (local.get $13)
         (i32.const 1)
        )
       )
      )
      (i64.store offset=4608 align=1
       (i32.const 0)
       (local.get $11)
      )
      (br_if $to3
       (i32.const 1)
      )
     )
     (if
      (i32.le_u
       (local.get $1)
       (i32.const 1)
      )
      (then
       (local.set $2
        (i32.const 6)
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
     (local.set $15
      (i64.load offset=4848 align=1
       (i32.const 0)
      )
     )
     (local.set $16
      (local.get $15)
     )
     (if
      (i64.lt_u
       (i64.const 1)
       (i64.add
        (i64.shr_s
         (local.get $15)
         (i64.const 55)
        )
        (i64.const 1)
       )
      )
      (then
       (local.set $2
        (i32.const 33558534)
       )
       (br_if $end0
        (i32.const 1)
       )
       (local.set $16
        (i64.const 0)
       )
      )
     )
     (local.set $3
      (local.get $16)
     )
     (local.set $2
      (i32.const 67112960)
     )
     (br_if $end0
      (i32.const 1)
     )
    )
    (if
     (i32.le_u
      (local.get $1)
      (i32.const 2)
     )
     (then
      (local.set $2
       (i32.const 7)
      )
      (br_if $end0
       (i32.const 1)
      )
     )
    )
    (local.set $1
     (i32.sub
      (local.get $1)
      (i32.const 2)
     )
    )
    (local.set $11
     (i64.extend_i32_u
      (i32.shr_u
       (i32.shl
        (i32.wrap_i64
         (local.get $11)
        )
        (i32.const -31)
       )
       (i32.const 0)
      )
     )
    )
    (local.set $17
     (local.get $15)
    )
    (i64.store offset=4608 align=1
     (i32.const 0)
     (local.get $11)
    )
    (if
     (i64.lt_u
      (i64.const 1)
      (i64.add
       (i64.shr_s
        (local.get $15)
        (i64.const 55)
       )
       (i64.const 1)
      )
     )
     (then
      (local.set $2
       (i32.const 33558536)
      )
      (br_if $end0
       (i32.const 1)
      )
      (local.set $17
       (i64.const 0)
      )
     )
    )
    (local.set $3
     (local.get $17)
    )
    (local.set $2
     (i32.const 67112960)
    )
    (br_if $end0
     (i32.const 1)
    )
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
  (local.set $13
   (i32.shr_u
    (local.get $2)
    (i32.const 24)
   )
  )
  (local.set $8
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
    (local.get $13)
    (i32.const 4)
   )
   (then
    (return_call $goTo
     (local.get $3)
     (local.get $8)
     (local.get $7)
    )
   )
  )
  (return_call $leave
   (i32.add
    (local.get $10)
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
   (local.get $8)
   (local.get $7)
   (local.get $13)
  )
 )
)
