mod detection;
mod localization;
mod m4;
mod sockshop;
mod tcpd;
