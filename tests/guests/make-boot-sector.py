#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Write one of the boot sectors that the live tests run as guests.

    make-boot-sector.py hello|idle|reset|echo|flood|panic|suspend|login|keys OUTPUT

Each is a raw disk image of one 512-byte sector in an otherwise empty disk: real
guest code that runs 0.1 s after QEMU starts under TCG and needs no kernel.

Several machines may share an image if each opens it with
`-drive file=IMAGE,format=raw,snapshot=on`: without snapshot QEMU takes a write
lock and the second machine does not start.
"""

import sys

# The BIOS loads the sector here and jumps to its first byte in 16-bit real mode.
LOAD_ADDRESS = 0x7C00
SECTOR_SIZE = 512
SIGNATURE = b'\x55\xaa'

# SeaBIOS boots no AHCI (the disk of `q35`) or virtio disk of less than a cylinder,
# 504 KiB. The file is sparse.
DISK_SIZE = 1024 * 1024

# Prints the text that DS:SI points to on the first serial port. All jumps are
# relative, so the address of the text is the only thing to fill in.
PRINT = (
    b'\xfa'              # 00        cli             the stack moves below
    b'\x31\xc0'          # 01        xor  ax, ax
    b'\x8e\xd8'          # 03        mov  ds, ax     SeaBIOS promises no segment but CS
    b'\x8e\xd0'          # 05        mov  ss, ax
    b'\xbc\x00\x7c'      # 07        mov  sp, 0x7c00
    b'\xfb'              # 0a        sti
    b'\xfc'              # 0b        cld
    b'\xbe%b'            # 0c        mov  si, text
    b'\xac'              # 0f  next: lodsb
    b'\x84\xc0'          # 10        test al, al     the text ends with a zero byte
    b'\x74\x11'          # 12        jz   done
    b'\x88\xc4'          # 14        mov  ah, al
    b'\xba\xfd\x03'      # 16        mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 19  full: in   al, dx
    b'\xa8\x20'          # 1a        test al, 0x20   transmitter empty?
    b'\x74\xfb'          # 1c        jz   full
    b'\xb2\xf8'          # 1e        mov  dl, 0xf8   COM1 data
    b'\x88\xe0'          # 20        mov  al, ah
    b'\xee'              # 22        out  dx, al
    b'\xeb\xea'          # 23        jmp  next
)                        # 25  done:

# Also what ends the other guests, should the machine ignore what they asked for:
# a busy loop would eat the host's CPU.
IDLE = (
    b'\xf4'              #     loop: hlt             interrupts are on: the timer wakes it
    b'\xeb\xfd'          #           jmp  loop
)

# SeaBIOS puts the ACPI registers at 0x600 on both `pc` and `q35`; PM1a control is 4
# further. Sleep type 0 is "off" (S5) on QEMU, 0x2000 is "enter it now".
POWER_OFF = (
    b'\xba\x04\x06'      #           mov  dx, 0x604
    b'\xb8\x00\x20'      #           mov  ax, 0x2000
    b'\xef'              #           out  dx, ax
)

# The keyboard controller holds the reset line on every PC.
RESET = (
    b'\xb0\xfe'          #           mov  al, 0xfe
    b'\xe6\x64'          #           out  0x64, al
)

# Sends back what comes in on the first serial port.
ECHO = (
    b'\xba\xfd\x03'      # 00  wait: mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 03        in   al, dx
    b'\xa8\x01'          # 04        test al, 0x01   anything received?
    b'\x74\xf8'          # 06        jz   wait
    b'\xb2\xf8'          # 08        mov  dl, 0xf8   COM1 data
    b'\xec'              # 0a        in   al, dx
    b'\xee'              # 0b        out  dx, al
    b'\xeb\xf2'          # 0c        jmp  wait
)

# Shows each key of the keyboard on the screen, and sends it to the first serial port, as the BIOS
# reads it: `\r` for Enter.
KEYS = (
    b'\x30\xe4'          # 00  next: xor  ah, ah
    b'\xcd\x16'          # 02        int  0x16       waits for a key
    b'\x84\xc0'          # 04        test al, al     one without a character?
    b'\x74\xf8'          # 06        jz   next
    b'\x88\xc1'          # 08        mov  cl, al
    b'\xb4\x0e'          # 0a        mov  ah, 0x0e   show it
    b'\xbb\x07\x00'      # 0c        mov  bx, 7
    b'\xcd\x10'          # 0f        int  0x10
    b'\xba\xfd\x03'      # 11        mov  dx, 0x3fd  COM1 line status
    b'\xec'              # 14  full: in   al, dx
    b'\xa8\x20'          # 15        test al, 0x20   transmitter empty?
    b'\x74\xfb'          # 17        jz   full
    b'\xb2\xf8'          # 19        mov  dl, 0xf8   COM1 data
    b'\x88\xc8'          # 1b        mov  al, cl
    b'\xee'              # 1d        out  dx, al
    b'\xeb\xe0'          # 1e        jmp  next
)

# Writes without end, and without asking whether the port can take it.
FLOOD = (
    b'\xba\xf8\x03'      #           mov  dx, 0x3f8
    b'\xb0\x78'          #           mov  al, 'x'
    b'\xee'              #     more: out  dx, al
    b'\xeb\xfd'          #           jmp  more
)

# What `-device pvpanic` listens to; bit 0 is "the guest panicked".
PANIC = (
    b'\xba\x05\x05'      #           mov  dx, 0x505
    b'\xb0\x01'          #           mov  al, 1
    b'\xee'              #           out  dx, al
)

# Sleep type 1 is "suspend to RAM" (S3) on QEMU. Nothing here tells SeaBIOS where to
# resume, so it boots again; a byte of the clock's memory, which outlives that, tells
# the second start from the first.
SUSPEND_ONCE = (
    b'\xb0\x7e'          # 00        mov  al, 0x7e  a byte that nobody uses
    b'\xe6\x70'          # 02        out  0x70, al
    b'\xe4\x71'          # 04        in   al, 0x71
    b'\x3c\x53'          # 06        cmp  al, 'S'
    b'\x74\x0b'          # 08        je   done
    b'\xb0\x53'          # 0a        mov  al, 'S'
    b'\xe6\x71'          # 0c        out  0x71, al
    b'\xba\x04\x06'      # 0e        mov  dx, 0x604
    b'\xb8\x00\x24'      # 11        mov  ax, 0x2400
    b'\xef'              # 14        out  dx, ax
)                        # 15  done:

GUESTS = {
    'hello': (b'hello from the guest\r\n', POWER_OFF + IDLE),
    'idle': (b'ready\r\n', IDLE),
    'reset': (b'resetting\r\n', RESET + IDLE),
    'login': (b'eth0: 10.0.2.15/24\r\nlogin: ', ECHO),
    'echo': (b'ready\r\n', ECHO),
    'keys': (b'ready\r\n', KEYS),
    'flood': (b'ready\r\n', FLOOD),
    'panic': (b'panicking\r\n', PANIC + IDLE),
    'suspend': (b'started\r\n', SUSPEND_ONCE + IDLE),
}


def boot_sector(text, then):
    code_size = len(PRINT % b'\0\0') + len(then)
    text_address = (LOAD_ADDRESS + code_size).to_bytes(2, 'little')
    sector = PRINT % text_address + then + text + b'\0'
    room = SECTOR_SIZE - len(SIGNATURE)
    if len(sector) > room:
        raise ValueError(f'{len(sector)} bytes do not fit in {room}')
    return sector.ljust(room, b'\0') + SIGNATURE


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in GUESTS:
        sys.exit(f'usage: {sys.argv[0]} {"|".join(GUESTS)} OUTPUT')
    with open(sys.argv[2], 'wb') as output:
        output.write(boot_sector(*GUESTS[sys.argv[1]]))
        output.truncate(DISK_SIZE)


main()
