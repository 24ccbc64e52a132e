mod detection;
mod injected;
mod localization;
mod m4;
mod sockshop;
mod tcpd;
