#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write one of the guests that the live tests run on the `virt` boards.

    make-bare-guest.py aarch64|riscv64 hello|idle|reset|echo OUTPUT

Each is a few machine instructions and a text, without a header and good at any address: QEMU
loads the file as a kernel (`-M virt -kernel IMAGE` on aarch64) or as firmware (`-M virt -bios
IMAGE` on riscv64), and its first byte is the first that the guest runs. They say and do what
the boot sectors of the same names do on a PC.
"""

import sys

# Prints the text behind the code on the PL011. All branches are relative.
A64_PRINT = (
    0x10000001,  # 00        adr   x1, text          the distance is filled in
    0xd2a12000,  # 04        mov   x0, #0x09000000   UART0 of the board
    0x38401422,  # 08  next: ldrb  w2, [x1], #1
    0x340000a2,  # 0c        cbz   w2, done          the text ends with a zero byte
    0xb9401803,  # 10  full: ldr   w3, [x0, #0x18]   UARTFR
    0x372fffe3,  # 14        tbnz  w3, #5, full      transmit FIFO full?
    0xb9000002,  # 18        str   w2, [x0]          UARTDR
    0x17fffffb,  # 1c        b     next
)                # 20  done:

A64_IDLE = (
    0xd503207f,  #     loop: wfi
    0x17ffffff,  #           b     loop
)

# QEMU itself is the PSCI firmware; without EL2 and EL3 a guest calls it by hvc.
A64_POWER_OFF = (
    0x52800100,  #           mov   w0, #0x0008
    0x72b08000,  #           movk  w0, #0x8400, lsl #16   SYSTEM_OFF
    0xd4000002,  #           hvc   #0
)

A64_RESET = (
    0x52800120,  #           mov   w0, #0x0009
    0x72b08000,  #           movk  w0, #0x8400, lsl #16   SYSTEM_RESET
    0xd4000002,  #           hvc   #0
)

# Sends back what comes in.
A64_ECHO = (
    0xb9401803,  # 00  wait: ldr   w3, [x0, #0x18]   UARTFR
    0x3727ffe3,  # 04        tbnz  w3, #4, wait      receive FIFO empty?
    0xb9400002,  # 08        ldr   w2, [x0]          UARTDR
    0xb9000002,  # 0c        str   w2, [x0]
    0x17fffffc,  # 10        b     wait
)

# The same on the 16550 of the other board.
RV64_PRINT = (
    0x00000297,  # 00        auipc t0, 0
    0x00028293,  # 04        addi  t0, t0, text      the distance is filled in
    0x10000337,  # 08        lui   t1, 0x10000       the port is at 0x10000000
    0x0002c383,  # 0c  next: lbu   t2, 0(t0)
    0x00038e63,  # 10        beqz  t2, done
    0x00534e03,  # 14  full: lbu   t3, 5(t1)         line status
    0x020e7e13,  # 18        andi  t3, t3, 0x20      transmitter empty?
    0xfe0e0ce3,  # 1c        beqz  t3, full
    0x00730023,  # 20        sb    t2, 0(t1)         data
    0x00128293,  # 24        addi  t0, t0, 1
    0xfe5ff06f,  # 28        j     next
)                # 2c  done:

RV64_IDLE = (
    0x10500073,  #     loop: wfi
    0xffdff06f,  #           j     loop
)

# The board's test device ends or resets it.
RV64_POWER_OFF = (
    0x00100337,  #           lui   t1, 0x100         the device is at 0x100000
    0x000053b7,  #           lui   t2, 0x5
    0x55538393,  #           addi  t2, t2, 0x555
    0x00732023,  #           sw    t2, 0(t1)
)

RV64_RESET = (
    0x00100337,  #           lui   t1, 0x100
    0x000073b7,  #           lui   t2, 0x7
    0x77738393,  #           addi  t2, t2, 0x777
    0x00732023,  #           sw    t2, 0(t1)
)

RV64_ECHO = (
    0x00534e03,  # 00  wait: lbu   t3, 5(t1)         line status
    0x001e7e13,  # 04        andi  t3, t3, 1         anything received?
    0xfe0e0ce3,  # 08        beqz  t3, wait
    0x00034383,  # 0c        lbu   t2, 0(t1)         data
    0x00730023,  # 10        sb    t2, 0(t1)
    0xfedff06f,  # 14        j     wait
)

PRINT = {'aarch64': A64_PRINT, 'riscv64': RV64_PRINT}

# Behind what the machine might ignore there is something that leaves the host's CPU alone.
GUESTS = {
    'hello': ('hello from the guest\r\n', {
        'aarch64': A64_POWER_OFF + A64_IDLE, 'riscv64': RV64_POWER_OFF + RV64_IDLE}),
    'idle': ('ready\r\n', {
        'aarch64': A64_IDLE, 'riscv64': RV64_IDLE}),
    'reset': ('resetting\r\n', {
        'aarch64': A64_RESET + A64_IDLE, 'riscv64': RV64_RESET + RV64_IDLE}),
    'echo': ('ready\r\n', {
        'aarch64': A64_ECHO, 'riscv64': RV64_ECHO}),
}


def fill_in_distance(target, code):
    """The text follows the code, and is found from the code's own address."""
    code = list(code)
    distance = 4 * len(code)
    if target == 'aarch64':
        code[0] |= distance // 4 << 5  # the distance in words, from bit 5 on
    else:
        code[1] |= distance << 20      # in bytes, from bit 20 on
    return code


def bare_guest(target, guest):
    text, then = GUESTS[guest]
    code = fill_in_distance(target, PRINT[target] + then[target])
    # Both have instructions of four bytes, the lowest first.
    words = b''.join(word.to_bytes(4, 'little') for word in code)
    return words + text.encode() + b'\0'


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in PRINT or sys.argv[2] not in GUESTS:
        sys.exit(f'usage: {sys.argv[0]} {"|".join(PRINT)} {"|".join(GUESTS)} OUTPUT')
    with open(sys.argv[3], 'wb') as output:
        output.write(bare_guest(*sys.argv[1:3]))


main()
