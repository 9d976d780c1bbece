// Written down from LuaJIT: the bit patterns of the first numbers after a seed.
const EXPECTED: [(f64, [u64; 6]); 6] = [
    (0.0, [0x3fe9_6a23_5088_a080, 0x3fe6_5cff_d894_7fa8, 0x3fe2_e221_3dff_059c, 0x3fe8_1a72_e662_2812, 0x3fb4_ba88_2bd1_cfb0, 0x3fe5_27ca_473e_6422]),
    (1.0, [0x3fd4_b94f_efe0_ffcc, 0x3f8b_e157_2059_3380, 0x3fed_3505_0026_251a, 0x3fd3_1df6_4372_cca8, 0x3fbb_b573_19fa_1530, 0x3fba_f81d_1acc_7160]),
    (42.0, [0x3fee_9833_973f_bbdc, 0x3f82_5760_a176_0400, 0x3fe1_3c37_32da_5fd8, 0x3fdb_c883_38ee_b288, 0x3fe7_07fc_f49c_8f66, 0x3fea_0ff4_878c_0418]),
    (-1.5, [0x3fd6_6a9a_0298_0ea8, 0x3fec_bd4f_d32f_7878, 0x3fdf_2c60_837b_c6b0, 0x3fe6_29f8_2838_718a, 0x3fea_26c2_d832_02ce, 0x3fe4_d0bc_bceb_d8fe]),
    (1e300, [0x3fd7_1eaf_ab5b_cecc, 0x3fe6_6dc0_69cd_0f22, 0x3fe1_102f_b98c_3370, 0x3fe2_5292_5552_d5b4, 0x3fcf_7e48_ec33_4988, 0x3fac_e247_f226_1940]),
    (123456789.0, [0x3fe5_a00a_99e4_7288, 0x3fd7_ea25_1247_fb18, 0x3fba_bf4d_3693_8ee0, 0x3fb9_fd96_cca6_d9a0, 0x3fa9_f1b9_7625_6f00, 0x3fae_b96a_ef40_0fe0]),
];
const ROLLS_OF_SEED_7: [f64; 10] = [2.0, 6.0, 5.0, 5.0, 1.0, 6.0, 6.0, 4.0, 1.0, 6.0];
const BETWEEN_OF_SEED_7: [f64; 5] = [2.0, -3.0, -3.0, -3.0, -1.0];
