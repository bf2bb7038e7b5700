/* As host_defines.h: included, and of no use here. */
